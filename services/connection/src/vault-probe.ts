import { NotUsable, type Probe } from '#runtime';
import { VaultIsSealed, type Vault } from '#vault';
import { setTimeout as pause } from 'node:timers/promises';

/** Less than whoever asks for readiness waits. */
const patienceMs = 1_500;

/**
 * Whether the root at hand opens what is sealed, and not just anything; where it does not, the word is `sealed`, with the id of the key to bring
 * back. A root that does not answer in time is as good as none.
 */
export function vaultProbe(vault: Pick<Vault, 'health'>, rootKeyInUse: () => Promise<string | null>): Probe {
  return async () => {
    const inUse = await rootKeyInUse();
    try {
      await Promise.race([vault.health(), ...(inUse === null ? [] : [silenceOf(inUse)])]);
    } catch (error) {
      throw error instanceof VaultIsSealed ? new NotUsable(`sealed: it needs the root key ${error.keyId}`) : error;
    }
    return undefined;
  };
}

async function silenceOf(keyId: string): Promise<never> {
  await pause(patienceMs, undefined, { ref: false });
  throw new VaultIsSealed(keyId);
}
