import { Health } from '#runtime';
import { VaultIsSealed } from '#vault';
import { vaultProbe } from './vault-probe';

describe('whether the vault is usable', () => {
  const shown = async (health: () => Promise<void>, inUse: string | null = 'key-1'): Promise<object | undefined> => {
    const probes = new Health();
    probes.register(
      'vault',
      vaultProbe({ health }, () => Promise.resolve(inUse)),
    );
    return (await probes.ready())[0];
  };

  it('is a yes where it opens', async () => {
    expect(await shown(() => Promise.resolve())).toEqual({ name: 'vault', up: true });
  });

  it('names the key that is missing', async () => {
    expect(await shown(() => Promise.reject(new VaultIsSealed('key-0')))).toEqual({
      name: 'vault',
      up: false,
      detail: 'sealed: it needs the root key key-0',
    });
  });

  it('names the key in use where its root does not answer', async () => {
    const silent = (): Promise<void> => new Promise(() => undefined);
    expect(await shown(silent)).toEqual({ name: 'vault', up: false, detail: 'sealed: it needs the root key key-1' });
  });

  it('tells of anything else no more than its code', async () => {
    const refused = Object.assign(new Error('connect 10.0.0.7'), { code: 'ECONNREFUSED' });
    expect(await shown(() => Promise.reject(refused))).toEqual({ name: 'vault', up: false, detail: 'ECONNREFUSED' });
  });
});
