import fc from 'fast-check';
import { canary } from './canary';
import { leaksIn } from './leaks-in';

const secret = 'sk+canary/7"ä%\\';
const leaks = (content: string | Buffer) => leaksIn('here', content, { key: secret });

describe('the search for canaries', () => {
  it('finds a secret in each of its forms, wherever it stands', () => {
    const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(bytes, bytes, (before, after) => {
        const within = Buffer.concat([before, Buffer.from(secret), after]);
        for (const content of [
          within,
          within.toString('base64'),
          within.toString('base64url'),
          within.toString('hex'),
          within.toString('hex').toUpperCase(),
          `q=${encodeURIComponent(secret)}`,
          JSON.stringify({ secret }),
          Buffer.concat([before, Buffer.from(secret, 'utf16le')]),
        ])
          expect(leaks(content)).not.toEqual([]);
      }),
    );
  });

  it('says where it found whose secret, and nothing of the secret', () => {
    expect(leaks(`key: ${Buffer.from(secret).toString('hex')}`)).toEqual(['here: key as hex']);
  });

  it('knows the secrets of all specs without being told', () => {
    for (const content of [canary('key'), JSON.stringify(canary('"')), encodeURIComponent(canary('/')), btoa(`{"key":"${canary('key')}"}`)])
      expect(leaksIn('here', content)).toContainEqual(expect.stringMatching(/^here: canary as /));
  });

  it('finds nothing where there is nothing', () => {
    expect(leaks('sk+canary/8')).toEqual([]);
  });
});
