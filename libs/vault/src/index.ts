export { Vault, type SealOptions } from './vault';
export { VaultHeads, type Mark, type SettledHead, type Settling } from './vault-heads';
export { ConnectionAccounts, type Account } from './connection-accounts';
export { secretKinds, type SecretAddress, type SecretKind } from './secret-address';
export { type KeyContext, type KeyPort, type WrappedKey } from './key-port';
export { openKeyRing } from './key-ring';
export { KeyRingIsRefused } from './key-ring-file';
export { SecretDoesNotExist, SecretDoesNotOpen, SecretIdIsTaken, VaultIsSealed } from './vault-errors';
export { vaultMigrations } from './migrations/vault-migrations';
