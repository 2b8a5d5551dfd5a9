import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** Files in a folder of their own. */
export interface TestCertificate {
  readonly folder: string;
  /** It vouches for itself, so clients that are to trust it get this file. */
  readonly certificate: string;
  /** Of mode 0600. */
  readonly key: string;
  remove(): Promise<void>;
}

/** A certificate for 127.0.0.1 and localhost with its key, valid until `expires`, an hour from now unless told. */
export const testCertificate = async ({ expires = new Date(Date.now() + 3_600_000) } = {}): Promise<TestCertificate> => {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(expires.getTime() - 24 * 3_600_000),
    notAfterDate: expires,
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-certificate-'));
  const [certificate, key] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  await writeFile(certificate, made.cert);
  await writeFile(key, made.private, { mode: 0o600 });
  return { folder, certificate, key, remove: () => rm(folder, { recursive: true }) };
};
