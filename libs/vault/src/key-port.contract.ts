import { randomBytes } from 'node:crypto';
import type { KeyContext, KeyPort } from './key-port';

/** What any root of keys must do, be it a file or a key service. */
export const keyPortContract = (name: string, open: () => Promise<KeyPort>): void => {
  describe(`${name}, as a key port`, () => {
    const context: KeyContext = { purpose: 'workspace_kek', workspaceId: 'acme', kekId: 'k1' };
    const key = randomBytes(32);
    let port: KeyPort;

    beforeAll(async () => {
      port = await open();
    });

    it('gives back what it wrapped, and says which key wrapped it', async () => {
      const { keyId, wrapped } = await port.wrap(key, context);
      expect(keyId).toBe(await port.activeKeyId());
      expect(await port.unwrap(wrapped, keyId, context)).toEqual(key);
    });

    it('reads a context by its names, not by their order', async () => {
      const { keyId, wrapped } = await port.wrap(key, context);
      expect(await port.unwrap(wrapped, keyId, { kekId: 'k1', workspaceId: 'acme', purpose: 'workspace_kek' })).toEqual(key);
    });

    it('shows nothing of the key in what it wrapped, and never wraps it the same way twice', async () => {
      const pieces = await Promise.all(Array.from({ length: 100 }, async () => (await port.wrap(key, context)).wrapped));
      expect(pieces.some((piece) => piece.includes(key))).toBe(false);
      expect(new Set(pieces.map((piece) => piece.toString('hex'))).size).toBe(100);
    });

    it.each<[string, KeyContext]>([
      ['another workspace', { ...context, workspaceId: 'globex' }],
      ['another purpose', { ...context, purpose: 'workspace_fingerprint' }],
      ['another key', { ...context, kekId: 'k2' }],
      ['less', { purpose: 'workspace_kek', workspaceId: 'acme' }],
      ['more', { ...context, version: '1' }],
      ['the same text cut elsewhere', { purpose: 'workspace_kek', workspaceId: 'acmekekId', '': 'k1' }],
      ['nothing', {}],
    ])('is sealed to a context that names %s', async (_, other) => {
      const { keyId, wrapped } = await port.wrap(key, context);
      await expect(port.unwrap(wrapped, keyId, other)).rejects.toMatchObject({ name: 'VaultIsSealed', keyId });
    });

    it('is sealed to a piece with any byte altered, or cut short, or longer', async () => {
      const { keyId, wrapped } = await port.wrap(key, context);
      const altered = [...wrapped.keys()].map((at) => Buffer.from(wrapped.map((byte, index) => (index === at ? byte ^ 1 : byte))));
      const cut = [0, 1, 4, 8, 12, 13, 14, 15, 16].map((bytes) => wrapped.subarray(0, wrapped.length - 16 + bytes)).slice(0, -1);
      for (const piece of [...altered, ...cut, Buffer.alloc(0), Buffer.concat([wrapped, Buffer.alloc(1)])]) {
        await expect(port.unwrap(piece, keyId, context)).rejects.toMatchObject({ name: 'VaultIsSealed', keyId });
      }
    });

    it('names the key it would need and does not have', async () => {
      const { wrapped } = await port.wrap(key, context);
      await expect(port.unwrap(wrapped, 'a-key-that-is-gone', context)).rejects.toMatchObject({
        name: 'VaultIsSealed',
        keyId: 'a-key-that-is-gone',
      });
    });

    it('opens after a rotation what was wrapped before, and what is wrapped then', async () => {
      const before = await port.wrap(key, context);
      expect(await port.rotate()).toBe(await port.activeKeyId());
      const after = await port.wrap(key, context);
      expect(await port.unwrap(before.wrapped, before.keyId, context)).toEqual(key);
      expect(await port.unwrap(after.wrapped, after.keyId, context)).toEqual(key);
    });

    it('is in health', async () => {
      await expect(port.health()).resolves.toBeUndefined();
    });
  });
};
