import { firstShown, settingsOf } from './stream-settings';

const settings = (json: string) => settingsOf(Buffer.from(json));

describe('the settings of a stream', () => {
  it.each([
    ['{"$maxCount":2}', 8n],
    ['{"$maxCount":1}', 9n],
    ['{"$maxCount":100}', 0n],
    ['{"$tb":4}', 4n],
    ['{"$tb":4,"$maxCount":2}', 8n],
    ['{"$tb":9,"$maxCount":2}', 9n],
    ['{"$maxAge":60}', 0n],
    ['{}', 0n],
  ])('%s show revisions 0 to 9 from %s on', (json, first) => {
    expect(firstShown(settings(json), 9n)).toBe(first);
  });

  it('keep an age in seconds', () => {
    expect(settings('{"$maxAge":60}').maxAgeSeconds).toBe(60);
  });

  it.each(['', 'not JSON', '[]', 'null', '{"$maxCount":"2"}', '{"$maxCount":0}', '{"$maxCount":1.5}', '{"$tb":-1,"other":true}'])(
    'that make no sense hide nothing: %j',
    (json) => {
      expect(firstShown(settings(json), 9n)).toBe(0n);
    },
  );

  it('that make sense count beside those that do not', () => {
    expect(firstShown(settings('{"$maxCount":"all","$tb":3}'), 9n)).toBe(3n);
  });
});
