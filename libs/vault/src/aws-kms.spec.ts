import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { LocalKms } from '#testing';
import { openAwsKms } from './aws-kms';
import { keyPortContract } from './key-port.contract';

const context = { purpose: 'workspace_kek', workspaceId: 'acme', kekId: 'k1' };
const key = randomBytes(32);
let kms: LocalKms;
let arn: string;
const outside = { ...process.env };

beforeAll(async () => {
  kms = await LocalKms.start();
  Object.assign(process.env, kms.environment);
});
afterAll(async () => {
  process.env = outside;
  await kms.stop();
});
beforeEach(() => (arn = kms.createKey()));
afterEach(() => kms.failWith(undefined));

keyPortContract('AWS KMS', () => Promise.resolve(openAwsKms(kms.createKey())));

describe('AWS KMS', () => {
  it('is told what a key is for in the encryption context, which it writes to its own log', async () => {
    await openAwsKms(arn).wrap(key, context);
    const { operation, body } = kms.asked.at(-1) ?? { operation: '', body: '{}' };
    expect(operation).toBe('Encrypt');
    expect((JSON.parse(body) as { EncryptionContext: object }).EncryptionContext).toEqual(context);
  });

  it('names the key behind an alias, so that what it wrapped opens when the alias points elsewhere', async () => {
    kms.point('alias/patchbay', arn);
    const port = openAwsKms('alias/patchbay');
    const { keyId, wrapped } = await port.wrap(key, context);
    expect(keyId).toBe(arn);
    const next = kms.createKey();
    kms.point('alias/patchbay', next);
    expect(await port.activeKeyId()).toBe(next);
    expect(await port.unwrap(wrapped, keyId, context)).toEqual(key);
  });

  it('does not open with a key what another key of the account wrapped', async () => {
    const { wrapped } = await openAwsKms(kms.createKey()).wrap(key, context);
    await expect(openAwsKms(arn).unwrap(wrapped, arn, context)).rejects.toMatchObject({ name: 'VaultIsSealed', keyId: arn });
  });

  it('does not open what is no key', async () => {
    const { wrapped } = await openAwsKms(arn).wrap(randomBytes(16), context);
    await expect(openAwsKms(arn).unwrap(wrapped, arn, context)).rejects.toMatchObject({ name: 'VaultIsSealed' });
  });

  it('is sealed while the key is disabled, and open again afterwards', async () => {
    const port = openAwsKms(arn);
    const { wrapped } = await port.wrap(key, context);
    kms.setEnabled(arn, false);
    await expect(port.unwrap(wrapped, arn, context)).rejects.toMatchObject({ name: 'VaultIsSealed', keyId: arn });
    await expect(port.health()).rejects.toMatchObject({ name: 'VaultIsSealed' });
    kms.setEnabled(arn, true);
    expect(await port.unwrap(wrapped, arn, context)).toEqual(key);
  });

  it('is asked again where it failed by its own fault, three times at most', async () => {
    kms.failWith(500);
    const before = kms.asked.length;
    await expect(openAwsKms(arn).wrap(key, context)).rejects.toMatchObject({ name: 'VaultIsSealed', keyId: arn });
    expect(kms.asked.length - before).toBe(3);
  });

  it('is not asked again where the answer would be the same', async () => {
    const before = kms.asked.length;
    await expect(openAwsKms('alias/nobody').activeKeyId()).rejects.toMatchObject({ name: 'VaultIsSealed', keyId: 'alias/nobody' });
    expect(kms.asked.length - before).toBe(1);
  });

  it('never shows what it was asked to wrap, nor why it was refused', async () => {
    kms.setEnabled(arn, false);
    const error: unknown = await openAwsKms(arn)
      .wrap(key, context)
      .catch((thrown: unknown) => thrown);
    const shown = inspect(error, { depth: null, showHidden: true });
    for (const hidden of [key.toString('base64'), key.toString('hex'), 'Disabled', 'acme']) expect(shown).not.toContain(hidden);
  });

  it('shows no credentials when it is printed', () => {
    expect(inspect(openAwsKms(arn), { depth: null })).not.toContain(kms.environment['AWS_SECRET_ACCESS_KEY']);
  });
});
