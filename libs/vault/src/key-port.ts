/** What a wrapped key is for. Authenticated with it: a key that was wrapped for one thing does not unwrap for another. */
export type KeyContext = Readonly<Record<string, string>>;

export interface WrappedKey {
  /** The root key that wrapped. */
  readonly keyId: string;
  readonly wrapped: Buffer;
}

/** The root of all keys. It never leaves its port; every failure is `VaultIsSealed`, which names the key. `key-port.contract.ts` holds every adapter to this. */
export interface KeyPort {
  /** The root key that wraps from now on. */
  activeKeyId(): Promise<string>;
  wrap(key: Buffer, context: KeyContext): Promise<WrappedKey>;
  /** The caller owns the answer and zeroes it. */
  unwrap(wrapped: Buffer, keyId: string, context: KeyContext): Promise<Buffer>;
  /** From now on another key wraps; what the others wrapped still unwraps. Answers its id. */
  rotate(): Promise<string>;
  /** Ends well where the active key wraps and unwraps now. */
  health(): Promise<void>;
}
