import { randomBytes } from 'node:crypto';
import { DecryptCommand, DescribeKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import type { KeyContext, KeyPort, WrappedKey } from './key-port';
import { VaultIsSealed } from './vault-errors';
import { keyBytes } from './wrapped-key';

const connectWithinMs = 1_000;
const answerWithinMs = 3_000;
/** The SDK waits with full jitter between them, and tries again only what may succeed the next time. */
const attempts = 3;

/**
 * A root key that AWS KMS keeps: a symmetric encryption key, by its id, its ARN or an alias. What a key is for is the encryption context, which
 * KMS authenticates and writes to CloudTrail, so it names workspaces and holds nothing secret. Region and credentials are found as the AWS
 * SDK finds them (https://docs.aws.amazon.com/sdkref/latest/guide/creds-config-files.html); the key policy has to admit kms:Encrypt,
 * kms:Decrypt and kms:DescribeKey. Asks nothing before it is used.
 */
export const openAwsKms = (keyId: string): KeyPort =>
  new AwsKms(
    keyId,
    new KMSClient({
      maxAttempts: attempts,
      retryMode: 'standard',
      requestHandler: { connectionTimeout: connectWithinMs, requestTimeout: answerWithinMs, throwOnRequestTimeout: true },
    }),
  );

class AwsKms implements KeyPort {
  constructor(
    private readonly keyId: string,
    private readonly client: KMSClient,
  ) {}

  /** An alias may be pointed at another key at any time, so what it points at is asked each time. */
  async activeKeyId(): Promise<string> {
    const { KeyMetadata } = await orSealed(this.keyId, () => this.client.send(new DescribeKeyCommand({ KeyId: this.keyId })));
    return KeyMetadata?.Arn ?? sealed(this.keyId);
  }

  async wrap(key: Buffer, context: KeyContext): Promise<WrappedKey> {
    const request = new EncryptCommand({ KeyId: this.keyId, Plaintext: key, EncryptionContext: context });
    const { CiphertextBlob, KeyId } = await orSealed(this.keyId, () => this.client.send(request));
    if (CiphertextBlob === undefined || KeyId === undefined) return sealed(this.keyId);
    return { keyId: KeyId, wrapped: Buffer.from(CiphertextBlob) };
  }

  /** Named, the key is the only one KMS tries: a piece that any other key of the account wrapped is refused. */
  async unwrap(wrapped: Buffer, keyId: string, context: KeyContext): Promise<Buffer> {
    const request = new DecryptCommand({ KeyId: keyId, CiphertextBlob: wrapped, EncryptionContext: context });
    const { Plaintext } = await orSealed(keyId, () => this.client.send(request));
    if (Plaintext === undefined) return sealed(keyId);
    const key = Buffer.from(Plaintext.buffer, Plaintext.byteOffset, Plaintext.byteLength);
    if (key.length === keyBytes) return key;
    key.fill(0);
    return sealed(keyId);
  }

  /**
   * Keys are made by whoever administers KMS: it renews the material of a key by itself, once rotation is enabled for it, and an alias is
   * pointed at another key there. What is left to do here is what a rotation does next: to wrap everything anew.
   */
  rotate(): Promise<string> {
    return this.activeKeyId();
  }

  async health(): Promise<void> {
    const context = { purpose: 'health' };
    const { wrapped, keyId } = await this.wrap(randomBytes(keyBytes), context);
    (await this.unwrap(wrapped, keyId, context)).fill(0);
  }
}

/** What KMS says may quote the request, so none of it is passed on. */
const orSealed = async <Answer>(keyId: string, ask: () => Promise<Answer>): Promise<Answer> => {
  try {
    return await ask();
  } catch {
    return sealed(keyId);
  }
};

const sealed = (keyId: string): never => {
  throw new VaultIsSealed(keyId);
};
