import { randomBytes } from 'node:crypto';

/** Part of every key of the demo, so that its output can be searched for all of them. */
export const keyCore = 'patchbay-demo-key';

export function newKey(): string {
  return `${keyCore}-${randomBytes(18).toString('base64url')}`;
}
