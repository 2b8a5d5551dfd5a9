import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';

const algorithm = 'aes-256-gcm';
export const ivBytes = 12;
export const tagBytes = 16;

export interface Box {
  readonly iv: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

/** AES-256-GCM (NIST SP 800-38D) with a fresh random nonce of 96 bits and a tag of 128 bits. */
export const encrypt = (key: Buffer | KeyObject, plaintext: Buffer, additionalData: Buffer): Box => {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAAD(additionalData);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return { iv, ciphertext, tag: cipher.getAuthTag() };
};

/** Null where the box is not authentic; no byte of it is given away then. */
export const decrypt = (key: Buffer | KeyObject, { iv, ciphertext, tag }: Box, additionalData: Buffer): Buffer | null => {
  // Without a stated length Node takes a tag of 4 bytes for a tag, and 2³² guesses open the box.
  if (iv.length !== ivBytes || tag.length !== tagBytes) return null;
  const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAAD(additionalData).setAuthTag(tag);
  const unproven = decipher.update(ciphertext);
  try {
    decipher.final(); // gives no bytes in this mode, only the verdict
    return unproven;
  } catch {
    unproven.fill(0);
    return null;
  }
};
