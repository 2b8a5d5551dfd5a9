import type { KeyObject } from 'node:crypto';
import { decrypt, encrypt, ivBytes, tagBytes } from './aes-gcm';

export const keyBytes = 32;

/** A key under another key, as one piece: nonce (12 bytes), encrypted key (32), tag (16). */
export const wrapKey = (wrapping: Buffer | KeyObject, key: Buffer, context: Buffer): Buffer => {
  const { iv, ciphertext, tag } = encrypt(wrapping, key, context);
  return Buffer.concat([iv, ciphertext, tag]);
};

/** Null where the piece was not wrapped by this key in this context. The caller owns the key and zeroes it. */
export const unwrapKey = (wrapping: Buffer | KeyObject, wrapped: Buffer, context: Buffer): Buffer | null => {
  if (wrapped.length !== ivBytes + keyBytes + tagBytes) return null;
  const box = {
    iv: wrapped.subarray(0, ivBytes),
    ciphertext: wrapped.subarray(ivBytes, ivBytes + keyBytes),
    tag: wrapped.subarray(ivBytes + keyBytes),
  };
  return decrypt(wrapping, box, context);
};
