/** The vault holds nothing under this id; it never did, or it was shredded. */
export class SecretDoesNotExist extends Error {
  override readonly name = 'SecretDoesNotExist';
  constructor(readonly secretId: string) {
    super(`there is no secret ${secretId}`);
  }
}

/**
 * What lies under this id is not what was sealed for this address: moved, altered, cut short, or its workspace's key is gone.
 * Which of them is deliberately not told.
 */
export class SecretDoesNotOpen extends Error {
  override readonly name = 'SecretDoesNotOpen';
  constructor(readonly secretId: string) {
    super(`the secret ${secretId} does not open`);
  }
}

/** A secret never changes: under this id lies another one, or the same one at another address. */
export class SecretIdIsTaken extends Error {
  override readonly name = 'SecretIdIsTaken';
  constructor(readonly secretId: string) {
    super(`another secret is sealed under ${secretId}`);
  }
}

/** The root key with this id is missing, out of reach, or not the one that wrapped. Nothing is served and nothing is stored until it is back. */
export class VaultIsSealed extends Error {
  override readonly name = 'VaultIsSealed';
  constructor(readonly keyId: string) {
    super(`the vault is sealed: the root key ${keyId} does not open what it wrapped`);
  }
}
