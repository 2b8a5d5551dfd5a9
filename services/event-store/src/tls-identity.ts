import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { FileIsRefused } from './file-is-refused';
import { readPrivateFile, unreadable } from './private-file';

/** The files, in PEM: the certificate, followed by those that vouch for it, and its private key. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

/** What the server shows and proves of itself. */
export interface TlsIdentity {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/**
 * @throws FileIsRefused where a file cannot be read, the key is open to others, the two do not belong together, or the certificate has expired
 */
export const readTlsIdentity = async (files: TlsFiles): Promise<TlsIdentity> => {
  const certificate = await readFile(files.certificate).catch((error: unknown) => {
    throw unreadable(files.certificate, 'the certificate of the event store', error);
  });
  const key = Buffer.from(await readPrivateFile(files.key, 'the key of its certificate'));
  refuseExpired(certificate, files.certificate);
  try {
    createSecureContext({ cert: certificate, key });
  } catch {
    throw new FileIsRefused(`${files.key} is not the key of the certificate ${files.certificate}: both are PEM, and made together.`);
  }
  return { certificate, key };
};

const refuseExpired = (certificate: Buffer, path: string): void => {
  let expires: Date;
  try {
    expires = new X509Certificate(certificate).validToDate;
  } catch {
    throw new FileIsRefused(`${path} is not a certificate in PEM.`);
  }
  if (expires.getTime() <= Date.now()) throw new FileIsRefused(`${path} expired on ${expires.toISOString()}: clients would refuse it.`);
};
