import { KeyRotations1795550000004 } from './key-rotations-1795550000004';
import { SecretsByConnection1795550000002 } from './secrets-by-connection-1795550000002';
import { VaultTables1795550000001 } from './vault-tables-1795550000001';
import { VaultUpkeep1795550000003 } from './vault-upkeep-1795550000003';

/** In the order they were written; one that was released is never edited. */
export const vaultMigrations = [
  VaultTables1795550000001,
  SecretsByConnection1795550000002,
  VaultUpkeep1795550000003,
  KeyRotations1795550000004,
] as const;
