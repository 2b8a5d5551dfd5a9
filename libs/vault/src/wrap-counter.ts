import type { Database } from '#postgres';
import { VaultIsSealed } from './vault-errors';

/** NIST SP 800-38D, section 8.3: a key with random nonces of 96 bits may encrypt so often. */
export const wrapsAtMost = 2 ** 32;
/** From here on the key is due to be changed: half of what it may do is still left for the time that takes. */
export const wrapsBeforeRotation = 2 ** 31;
/** What one process takes at a time: so many wraps are lost from a key's count when it ends. */
const wrapsPerBlock = 2 ** 16;

/** Counts how often each key wraps, over all processes: each takes a block of wraps, durably, before it does any of them. */
export class WrapCounter {
  readonly #left = new Map<string, number>();
  readonly #taking = new Map<string, Promise<void>>();

  constructor(private readonly database: Database) {}

  /** Takes so many wraps of the key. Throws `VaultIsSealed` where it has none left, which rotation in time does not let happen. */
  async take(kekId: string, wraps = 1): Promise<void> {
    for (;;) {
      const left = this.#left.get(kekId) ?? 0;
      if (left >= wraps) return void this.#left.set(kekId, left - wraps);
      await this.#takeBlock(kekId);
    }
  }

  /** Whoever needs one waits for the one that is being taken. */
  #takeBlock(kekId: string): Promise<void> {
    const running = this.#taking.get(kekId);
    if (running !== undefined) return running;
    const taking = this.#newBlock(kekId).finally(() => this.#taking.delete(kekId));
    this.#taking.set(kekId, taking);
    return taking;
  }

  async #newBlock(kekId: string): Promise<void> {
    const [block] = await this.database.query<{ reserved: string }>(
      `insert into vault.key_wraps as taken (kek_id, reserved) values ($1, $2)
       on conflict (kek_id) do update set reserved = taken.reserved + excluded.reserved returning reserved`,
      [kekId, wrapsPerBlock],
    );
    if (Number(block?.reserved) > wrapsAtMost) throw new VaultIsSealed(kekId);
    this.#left.set(kekId, (this.#left.get(kekId) ?? 0) + wrapsPerBlock);
  }
}
