import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listening, type ListeningServer } from './listening';

/** How a request ends that AWS KMS would refuse: https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html and each operation's page. */
class Refusal extends Error {
  constructor(
    readonly type: string,
    readonly status = 400,
  ) {
    super(type);
  }
}

interface Asked {
  readonly KeyId?: string;
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
  readonly EncryptionContext?: Readonly<Record<string, string>>;
}

const ivBytes = 12;
const tagBytes = 16;

/** What the SDK signs requests with, found by it in the environment. */
export const localKmsCredentials = { AWS_ACCESS_KEY_ID: 'AKIDLOCALKMS', AWS_SECRET_ACCESS_KEY: randomBytes(20).toString('hex') };

/**
 * Speaks the part of AWS KMS that wraps keys: JSON 1.1 over HTTP with a checked signature (version 4), symmetric keys by id, ARN and alias,
 * encryption contexts as authenticated data, and the errors of the real one. A piece of ciphertext names its key, as there.
 */
export class LocalKms {
  readonly region = 'eu-central-1';
  readonly #keys = new Map<string, { readonly material: Buffer; enabled: boolean }>();
  readonly #aliases = new Map<string, string>();
  /** Answered before anything else: 0 hangs. */
  #fault: number | undefined;
  /** Every request, as it was asked. */
  readonly asked: { readonly operation: string; readonly body: string }[] = [];
  readonly #server: ListeningServer;

  private constructor(server: ListeningServer) {
    this.#server = server;
  }

  static async start(): Promise<LocalKms> {
    const http = createServer((request, response) => void kms.#respond(request, response));
    const kms = new LocalKms(await listening(http));
    return kms;
  }

  /** What a process needs in its environment to come here. */
  get environment(): Record<string, string> {
    return { ...localKmsCredentials, AWS_REGION: this.region, AWS_ENDPOINT_URL_KMS: `http://127.0.0.1:${this.#server.port}` };
  }

  /** A new key; its ARN. */
  createKey(): string {
    const arn = `arn:aws:kms:${this.region}:111122223333:key/${randomUUID()}`;
    this.#keys.set(arn, { material: randomBytes(32), enabled: true });
    return arn;
  }

  point(alias: string, arn: string): void {
    this.#aliases.set(alias, arn);
  }

  setEnabled(arn: string, enabled: boolean): void {
    const key = this.#keys.get(arn);
    if (key) key.enabled = enabled;
  }

  /** From now on every request is answered with this status; 0: with nothing; undefined: as it should be. */
  failWith(status: number | undefined): void {
    this.#fault = status;
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const say = (status: number, answer: object): void =>
      void response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
    try {
      say(200, await this.#answer(request));
    } catch (error) {
      const { type, status } = error instanceof Refusal ? error : new Refusal('KMSInternalException', 500);
      say(status, { __type: type });
    }
  }

  async #answer(request: IncomingMessage): Promise<object> {
    const body = await text(request);
    const operation = String(request.headers['x-amz-target']).replace('TrentService.', '');
    this.asked.push({ operation, body });
    if (this.#fault === 0) return new Promise(() => undefined);
    if (this.#fault !== undefined) throw new Refusal('KMSInternalException', this.#fault);
    if (!isSigned(request, body)) throw new Refusal('InvalidSignatureException');
    const asked = JSON.parse(body) as Asked;
    if (operation === 'DescribeKey') return { KeyMetadata: { Arn: this.#arnOf(asked.KeyId), KeyUsage: 'ENCRYPT_DECRYPT' } };
    if (operation === 'Encrypt') return this.#encrypt(asked);
    if (operation === 'Decrypt') return this.#decrypt(asked);
    throw new Refusal('UnknownOperationException');
  }

  #encrypt({ KeyId, Plaintext = '', EncryptionContext = {} }: Asked): object {
    const arn = this.#arnOf(KeyId);
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#usable(arn), iv, { authTagLength: tagBytes }).setAAD(
      contextBytes(EncryptionContext),
    );
    const ciphertext = Buffer.concat([cipher.update(Buffer.from(Plaintext, 'base64')), cipher.final()]);
    const blob = Buffer.concat([Buffer.of(arn.length), Buffer.from(arn), iv, ciphertext, cipher.getAuthTag()]);
    return { KeyId: arn, CiphertextBlob: blob.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
  }

  #decrypt({ KeyId, CiphertextBlob = '', EncryptionContext = {} }: Asked): object {
    const asked = KeyId === undefined ? undefined : this.#arnOf(KeyId);
    const blob = Buffer.from(CiphertextBlob, 'base64');
    const nameEnd = 1 + (blob[0] ?? 0);
    const wrapping = blob.subarray(1, nameEnd).toString();
    if (blob.length < nameEnd + ivBytes + tagBytes || !this.#keys.has(wrapping)) throw new Refusal('InvalidCiphertextException');
    if (asked !== undefined && asked !== wrapping) throw new Refusal('IncorrectKeyException');
    const decipher = createDecipheriv('aes-256-gcm', this.#usable(wrapping), blob.subarray(nameEnd, nameEnd + ivBytes), {
      authTagLength: tagBytes,
    })
      .setAAD(contextBytes(EncryptionContext))
      .setAuthTag(blob.subarray(-tagBytes));
    try {
      const plaintext = Buffer.concat([decipher.update(blob.subarray(nameEnd + ivBytes, -tagBytes)), decipher.final()]);
      return { KeyId: wrapping, Plaintext: plaintext.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    } catch {
      throw new Refusal('InvalidCiphertextException');
    }
  }

  #arnOf(keyId = ''): string {
    const arn = this.#aliases.get(keyId) ?? [...this.#keys.keys()].find((known) => known === keyId || known.endsWith(`key/${keyId}`));
    if (arn === undefined) throw new Refusal('NotFoundException');
    return arn;
  }

  #usable(arn: string): Buffer {
    const key = this.#keys.get(arn);
    if (key?.enabled !== true) throw new Refusal('DisabledException');
    return key.material;
  }
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** By name: the order of a context means nothing. */
function contextBytes(context: Readonly<Record<string, string>>): Buffer {
  if (Object.keys(context).includes('')) throw new Refusal('ValidationException');
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function isSigned({ method, url, headers }: IncomingMessage, body: string): boolean {
  const authorization = headers.authorization ?? '';
  const [, scope = '', names = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/(\S+), ?SignedHeaders=(\S+), ?Signature=([0-9a-f]{64})$/.exec(authorization) ?? [];
  const signed = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = [method, url, '', signed.join(''), names, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const signing = scope
    .split('/')
    .reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${localKmsCredentials.AWS_SECRET_ACCESS_KEY}`));
  return signature === hmac(signing, toSign).toString('hex');
}

function sha256(data: string): string {
  return createHash('sha256').update(data, 'utf8').digest('hex');
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data, 'utf8').digest();
}
