import { specification } from '#testing';
import { connection } from './connection';
import { settledOf } from './settled';
import {
  accepted,
  active,
  candidateId,
  created,
  disabled,
  proposed,
  provided,
  refusedAs,
  rejected,
  verified,
} from '../../test/connection-history';

const given = specification(connection);
const enabled = (statusAfter: typeof active | { status: 'error'; code: 'unauthorized' }) => ({
  type: 'ConnectionEnabled' as const,
  data: { statusAfter },
});
const removed = { type: 'ConnectionRemoved' as const, data: { statusAfter: { status: 'removed' as const, code: null } } };

describe('switching a connection off', () => {
  it('is beside its condition: switched on again it is what it was', () => {
    given(created(), provided(), verified(), disabled()).when({ type: 'Enable' }).then(enabled(active));
    given(created(), provided(), refusedAs('unauthorized'), disabled())
      .when({ type: 'Enable' })
      .then(enabled({ status: 'error', code: 'unauthorized' }));
  });

  it('records nothing the second time', () => {
    given(created(), provided(), verified(), disabled()).when({ type: 'Disable' }).thenNothing();
    given(created(), provided(), verified()).when({ type: 'Enable' }).thenNothing();
  });

  it('says why, in a code', () => {
    given(created(), provided(), verified())
      .when({ type: 'Disable', reason: 'compromised' })
      .then(disabled({ reason: 'compromised' }));
  });

  it('keeps its service from being called', () => {
    given(created(), provided(), verified(), disabled()).when(accepted()).thenRefused('ConnectionIsDisabled');
  });
});

describe('removing a connection', () => {
  it('ends it, and the candidate that waits', () => {
    given(created(), provided(), verified(), proposed({ untried: 'tls' }))
      .when({ type: 'Remove', reason: 'replaced' })
      .then(rejected({ category: 'abandoned', detail: { code: 'connection_removed' } }), {
        type: 'ConnectionRemoved',
        data: { reason: 'replaced', statusAfter: { status: 'removed', code: null } },
      });
  });

  it('records nothing the second time', () => {
    given(created(), provided(), verified(), removed).when({ type: 'Remove' }).thenNothing();
  });

  it('leaves nothing that could be changed', () => {
    const history = [created(), provided(), verified(), removed] as const;
    given(...history)
      .when(accepted())
      .thenRefused('ConnectionIsRemoved');
    given(...history)
      .when({ type: 'Edit', name: 'x', origin: null })
      .thenRefused('ConnectionIsRemoved');
    given(...history)
      .when({ type: 'Enable' })
      .thenRefused('ConnectionIsRemoved');
    given(...history)
      .when({ type: 'AbandonCandidate', secretId: candidateId })
      .thenRefused('ConnectionIsRemoved');
  });

  it('leaves no secret to be served', () => {
    const state = [created(), provided(), verified(), removed].reduce(connection.evolve, connection.initial);
    expect(settledOf(state)).toMatchObject({ status: 'removed', revision: 3 });
    expect(settledOf(state)).not.toHaveProperty('secretId');
  });

  it('is refused for one that does not exist', () => {
    given().when({ type: 'Remove' }).thenRefused('ConnectionDoesNotExist');
  });
});
