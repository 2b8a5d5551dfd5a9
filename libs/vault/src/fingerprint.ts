import { createHmac } from 'node:crypto';

/**
 * Answers "the same as before?" to whoever holds the workspace's key, and nothing to anybody else: the first 128 bits of HMAC-SHA-256
 * (RFC 2104, truncated as its section 5 allows), in base64url.
 */
export const fingerprintOf = (key: Buffer, canonicalJson: string): string =>
  createHmac('sha256', key).update(canonicalJson, 'utf8').digest().subarray(0, 16).toString('base64url');
