import { specification } from '#testing';
import { created, provided, renamed, verified } from '../../test/connection-history';
import { connection } from './connection';

const given = specification(connection);
const expecting = (...configRevisions: number[]) => ({ type: 'Expect', configRevisions }) as const;

describe('expecting', () => {
  it('records nothing and lets pass what was made for the connection as people last edited it', () => {
    given(created(), provided(), verified()).when(expecting(1)).thenNothing(); // a verification is no edit
    given(created(), provided(), verified()).when(expecting(0, 1), { type: 'Edit', name: 'Orders EU', origin: null }).then(renamed());
  });

  it('refuses what was made for a connection that has become another', () => {
    given(created(), provided(), verified(), renamed()).when(expecting(1), { type: 'Disable' }).thenRefused('ConnectionChangedMeanwhile');
    given(created(), provided()).when(expecting()).thenRefused('ConnectionChangedMeanwhile');
  });

  it('refuses whatever was made for a connection that does not exist', () => {
    given().when(expecting(0)).thenRefused('ConnectionDoesNotExist');
  });
});
