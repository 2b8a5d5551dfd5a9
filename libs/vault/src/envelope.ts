import { hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret } from '#secret';
import { dataContext, wrapContext } from './additional-data';
import { decrypt, encrypt } from './aes-gcm';
import type { SecretAddress } from './secret-address';
import { SecretDoesNotOpen } from './vault-errors';
import { keyBytes, unwrapKey, wrapKey } from './wrapped-key';

/**
 * A secret as it lies in the database. Fields in `[ ]` are length-prefixed (`lengthPrefixed`):
 *
 * - `wrappedDek` = nonce ‖ AES-256-GCM(KEK, DEK, `[pb1, secret, workspace, connection, kind, secretId, boundTo, kekId]`) ‖ tag
 * - `commitment` = HKDF-SHA-256(DEK, no salt, info `commit`), 32 bytes
 * - `ciphertext`, `tag` = AES-256-GCM(DEK, `iv`, secret, `[pb1, secret, workspace, connection, kind, secretId, boundTo]`)
 */
export interface Envelope {
  readonly alg: string;
  readonly kekId: string;
  readonly wrappedDek: Buffer;
  readonly iv: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
  readonly commitment: Buffer;
}

/** Names the whole construction above, not the cipher alone: a change of any part of it is a new name. */
const algorithm = 'pb1-aes-256-gcm';

/** A GCM tag can be made to fit two keys (invisible salamanders, Grubbs et al. 2017); a hash of the key fits one. */
const commitmentTo = (dek: Buffer): Buffer => Buffer.from(hkdfSync('sha256', dek, Buffer.alloc(0), 'commit', 32));

const commits = (commitment: Buffer, dek: Buffer): boolean => {
  const expected = commitmentTo(dek);
  return commitment.length === expected.length && timingSafeEqual(commitment, expected);
};

/** Seals under a data key of its own, which encrypts this once and is forgotten. */
export const sealEnvelope = (secret: Secret, address: SecretAddress, kekId: string, kek: Buffer): Envelope => {
  const dek = randomBytes(keyBytes);
  try {
    return {
      alg: algorithm,
      kekId,
      wrappedDek: wrapKey(kek, dek, wrapContext(address, kekId)),
      ...secret.use((plaintext) => encrypt(dek, plaintext, dataContext(address))),
      commitment: commitmentTo(dek),
    };
  } finally {
    dek.fill(0);
  }
};

/** Opens with the key `envelope.kekId` names; no other key is tried. Throws `SecretDoesNotOpen`, whatever is wrong. */
export const openEnvelope = (envelope: Envelope, address: SecretAddress, kek: Buffer): Secret => {
  const dek = envelope.alg === algorithm ? unwrapKey(kek, envelope.wrappedDek, wrapContext(address, envelope.kekId)) : null;
  if (dek === null) throw new SecretDoesNotOpen(address.secretId);
  try {
    const plaintext = commits(envelope.commitment, dek) ? decrypt(dek, envelope, dataContext(address)) : null;
    if (plaintext === null) throw new SecretDoesNotOpen(address.secretId);
    const secret = Secret.of(plaintext);
    plaintext.fill(0);
    return secret;
  } finally {
    dek.fill(0);
  }
};

/** The same data key under another workspace key: nothing of the secret is opened. Throws `SecretDoesNotOpen`. */
export const rewrapEnvelope = (
  { alg, kekId, wrappedDek, commitment }: Envelope,
  address: SecretAddress,
  from: Buffer,
  to: { readonly kekId: string; readonly kek: Buffer },
): Pick<Envelope, 'kekId' | 'wrappedDek'> => {
  const dek = alg === algorithm ? unwrapKey(from, wrappedDek, wrapContext(address, kekId)) : null;
  try {
    if (dek === null || !commits(commitment, dek)) throw new SecretDoesNotOpen(address.secretId);
    return { kekId: to.kekId, wrappedDek: wrapKey(to.kek, dek, wrapContext(address, to.kekId)) };
  } finally {
    dek?.fill(0);
  }
};
