import { accessListOf, judgedBy, rolesFor, type StreamAction } from './access-list';

const settings = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('the access list of a stream', () => {
  const list = accessListOf(settings({ $maxCount: 3, $acl: { $r: 'ada', $w: ['ada', 'writers'], $d: [], $mr: ['$all'] } }));

  it.each<[StreamAction, string, readonly string[]]>([
    ['read', 'connection-1', ['ada']],
    ['write', 'connection-1', ['ada', 'writers']],
    ['delete', 'connection-1', []],
    ['read', '$$connection-1', ['$all']],
    ['write', '$$connection-1', ['$all']], // not listed, so as by default
    ['delete', '$$connection-1', []],
  ])('says who may %s %s', (action, stream, expected) => {
    expect(rolesFor(action, stream, list)).toEqual(expected);
  });

  it.each<[StreamAction, string, readonly string[]]>([
    ['read', 'connection-1', ['$all']],
    ['delete', 'connection-1', ['$all']],
    ['write', '$$connection-1', ['$all']],
    ['read', '$all', ['$admins']],
    ['write', '$settings', ['$admins']],
    ['read', '$$$settings', ['$admins']],
  ])('that is not there lets, by default, those %s %s who may', (action, stream, expected) => {
    expect(rolesFor(action, stream, accessListOf(null))).toEqual(expected);
  });

  it.each([
    ['a list that is none', { $acl: 'ada' }],
    ['a role that is none', { $acl: { $r: [1] } }],
  ])('opens nothing when it cannot be understood: %s', (_, value) => {
    expect(rolesFor('read', 'connection-1', accessListOf(settings(value)))).toEqual([]);
  });

  it('is, for settings, that of the stream they are about', () => {
    expect([judgedBy('connection-1'), judgedBy('$$connection-1'), judgedBy('$$$all')]).toEqual(['connection-1', 'connection-1', '$all']);
  });
});
