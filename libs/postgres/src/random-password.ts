import { randomBytes } from 'node:crypto';

/** 192 random bits in characters that need no escaping in a URL. */
export const randomPassword = (): string => randomBytes(24).toString('base64url');
