import { inspect } from 'node:util';

const shown = '[secret]';

/**
 * Bytes that must not be shown. Printing, serialising or inspecting one gives `[secret]`; whoever needs the value asks for it by name.
 * JavaScript strings cannot be wiped, so `reveal` comes late and once; the bytes held here are zeroed by `wipe`.
 */
export class Secret {
  readonly #bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Copies what it is given, so that wiping the secret never empties somebody else's buffer. */
  static of(value: string | Uint8Array): Secret {
    return new Secret(typeof value === 'string' ? Buffer.from(value, 'utf8') : Buffer.from(value));
  }

  /** Lends the bytes for the length of one call. */
  use<Result>(borrow: (bytes: Buffer) => Result): Result {
    return borrow(this.#bytes);
  }

  /** The value as UTF-8 text. */
  reveal(): string {
    return this.#bytes.toString('utf8');
  }

  wipe(): void {
    this.#bytes.fill(0);
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}
