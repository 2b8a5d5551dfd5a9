import type { ConnectionEvent, StatusAfter } from '#events';
import { specification } from '#testing';
import { againstOf, settingsDigest } from './against';
import { connection } from './connection';
import { existing } from './connection-state';
import { settledOf, settlesDifferently } from './settled';
import {
  accepted,
  active,
  against,
  anotherSecretId,
  boundTo,
  create,
  created,
  failed,
  provide,
  provided,
  refusedAs,
  renamed,
  secretId,
  verified,
} from '../../test/connection-history';

const given = specification(connection);

describe('creating a connection', () => {
  it('waits for credentials', () => {
    given().when(create()).then(created());
  });

  it('has only its verification to wait for where the connector needs no credentials', () => {
    given()
      .when(create({ authType: 'none' }))
      .then(created({ authType: 'none', statusAfter: { status: 'pending', code: 'verification_pending' } }));
  });

  it('trims the name', () => {
    given()
      .when(create({ name: '  Orders ' }))
      .then(created({ name: 'Orders' }));
  });

  it.each(['', '   ', 'x'.repeat(121), 'a\u0000b', 'a\ud800b'])('refuses the name %j', (name) => {
    given().when(create({ name })).thenRefused('FieldsAreInvalid');
  });

  it('counts a name in characters, not in code units', () => {
    given()
      .when(create({ name: '🦊'.repeat(120) }))
      .then(created({ name: '🦊'.repeat(120) }));
  });

  it('is refused where one exists', () => {
    given(created()).when(create()).thenRefused('ConnectionChangedMeanwhile');
  });
});

describe('providing the first credentials', () => {
  it('waits for the verification', () => {
    given(created()).when(provide()).then(provided());
  });

  it('records nothing when they are provided again', () => {
    given(created(), provided()).when(provide()).thenNothing();
  });

  it('is refused when there are others already: that is a rotation', () => {
    given(created(), provided())
      .when(provide({ secretId: anotherSecretId }))
      .thenRefused('ConnectionChangedMeanwhile');
  });

  it('is refused where the connection needs none', () => {
    given(created({ authType: 'none' }))
      .when(provide())
      .thenRefused('AuthTypeIsNotOffered');
  });

  it('is refused for a connection that does not exist', () => {
    given().when(provide()).thenRefused('ConnectionDoesNotExist');
  });
});

describe('recording a verification', () => {
  it('makes the connection active', () => {
    given(created(), provided()).when(accepted()).then(verified());
  });

  it('says when the service accepted narrower rights', () => {
    given(created(), provided())
      .when(accepted({ limited: true }))
      .then(verified({ limited: true, statusAfter: { status: 'active', code: null, limited: true } }));
  });

  it.each(['unauthorized', 'forbidden', 'unreachable', 'timeout', 'tls', 'blocked', 'unexpected'] as const)(
    'makes it an error when saving ends %s',
    (category) => {
      given(created(), provided()).when(failed(category)).then(refusedAs(category));
    },
  );

  it('makes it active again once the service accepts', () => {
    given(created(), provided(), refusedAs('unauthorized')).when(accepted()).then(verified());
  });

  it('tolerates two scheduled checks that could not ask, and not a third', () => {
    const missed = (statusAfter: StatusAfter) => refusedAs('timeout', 'scheduled', statusAfter);
    given(created(), provided(), verified())
      .when(failed('timeout', 'scheduled'), failed('timeout', 'scheduled'), failed('timeout', 'scheduled'))
      .then(missed(active), missed(active), missed({ status: 'error', code: 'timeout' }));
  });

  it('begins to count anew after a check that succeeded', () => {
    given(
      created(),
      provided(),
      verified(),
      refusedAs('timeout', 'scheduled', active),
      refusedAs('timeout', 'scheduled', active),
      verified(),
    )
      .when(failed('timeout', 'scheduled'))
      .then(refusedAs('timeout', 'scheduled', active));
  });

  it('does not tolerate a refusal, whoever asked', () => {
    given(created(), provided(), verified()).when(failed('unauthorized', 'scheduled')).then(refusedAs('unauthorized', 'scheduled'));
  });

  it.each([
    { secretId: '018f2f6e-7c1a-7b52-9d3c-5a1f0e6b7c99' },
    { boundTo: 'https://elsewhere.example.com:443' },
    { settingsDigest: 'another' },
    { connectorVersion: 2 },
  ])('refuses an answer that is about something else: %j', (difference) => {
    given(created(), provided())
      .when(accepted({ against: { ...against, ...difference } }))
      .thenRefused('ConnectionChangedMeanwhile');
  });
});

describe('renaming', () => {
  it('keeps the status', () => {
    given(created(), provided(), refusedAs('tls'))
      .when({ type: 'Edit', name: 'Orders EU', origin: null })
      .then(renamed({ statusAfter: { status: 'error', code: 'tls' } }));
  });

  it('records nothing when the name is the same', () => {
    given(created()).when({ type: 'Edit', name: ' Orders ', origin: null }).thenNothing();
  });

  it('records a change of case', () => {
    given(created(), provided(), verified())
      .when({ type: 'Edit', name: 'ORDERS', origin: null })
      .then(renamed({ to: 'ORDERS' }));
  });

  it('is refused for a connection that does not exist', () => {
    given().when({ type: 'Edit', name: 'x', origin: null }).thenRefused('ConnectionDoesNotExist');
  });
});

describe('what may be served', () => {
  const stateAfter = (...events: ConnectionEvent[]) => events.reduce(connection.evolve, connection.initial);

  it('names the secret and the revision that made it the current one', () => {
    expect(settledOf(stateAfter(created(), provided(), verified(), renamed()))).toEqual({
      revision: 3,
      status: 'active',
      code: null,
      secretId,
      secretRevision: 1,
      credentialVersion: 1,
      connectorKey: 'http',
      connectorVersion: 1,
      authType: 'api_key',
      serviceUrl: 'https://orders.example.com',
      boundTo,
      settings: {},
    });
  });

  it('does not differ after a rename, and does after a refusal', () => {
    const before = stateAfter(created(), provided(), verified());
    expect(settlesDifferently(before, connection.evolve(before, renamed()))).toBe(false);
    expect(settlesDifferently(before, connection.evolve(before, refusedAs('unauthorized')))).toBe(true);
  });

  it('is nothing for a connection that does not exist', () => {
    expect(settledOf(connection.initial)).toBeNull();
  });
});

describe('what a verification is about', () => {
  it('changes with the service URL and the settings, whatever their order', () => {
    expect(settingsDigest('https://a.example', { x: '1', y: '2' })).toBe(settingsDigest('https://a.example', { y: '2', x: '1' }));
    expect(settingsDigest('https://a.example', {})).not.toBe(settingsDigest('https://b.example', {}));
    expect(settingsDigest(undefined, { x: '1' })).not.toBe(settingsDigest(undefined, { x: '2' }));
    expect(againstOf(existing([created(), provided()].reduce(connection.evolve, connection.initial)))).toEqual(against);
  });
});
