import { specification } from '#testing';
import type { KeyEvent } from '#events';
import { keys } from './keys';

const given = specification(keys);
const activated: KeyEvent = {
  type: 'KeyActivated',
  data: { level: 'workspace', workspaceId: 'acme', keyId: 'k2', version: 2, rotationId: null },
};
const retired: KeyEvent = { type: 'KeyRetired', data: { level: 'workspace', workspaceId: 'acme', keyId: 'k1' } };

describe('what became of the keys', () => {
  it('is on record as it happened, in whatever order it is told', () => {
    given().when({ type: 'RecordKey', happened: activated }).then(activated);
    given(activated).when({ type: 'RecordKey', happened: retired }).then(retired);
    given(retired).when({ type: 'RecordKey', happened: activated }).then(activated);
  });
});
