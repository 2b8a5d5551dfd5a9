import { format, inspect } from 'node:util';
import { Secret } from './secret';

const value = 'sk_live_canary';

describe('a secret', () => {
  const secret = Secret.of(value);

  it.each([
    ['turned into text', () => String(secret)],
    ['serialised', () => JSON.stringify({ secret })],
    ['inspected', () => inspect({ nested: { secret } }, { depth: 9, showHidden: true })],
    ['formatted', () => format('%s %o %j', secret, secret, secret)],
    ['copied', () => JSON.stringify(Object.assign({}, secret))],
    ['thrown', () => inspect(new Error('refused', { cause: secret }))],
  ])('does not show when %s', (_, print) => {
    expect(print()).not.toContain(value);
  });

  it('gives its value to whoever asks by name', () => {
    expect(secret.reveal()).toBe(value);
    expect(secret.use((bytes) => bytes.length)).toBe(value.length);
  });

  it('is empty after it was wiped, and leaves the bytes it was made from alone', () => {
    const bytes = Buffer.from(value);
    const copy = Secret.of(bytes);
    copy.wipe();
    expect(copy.use((held) => held.every((byte) => byte === 0))).toBe(true);
    expect(bytes.toString()).toBe(value);
  });
});
