import { VaultTables1795550000001 } from './vault-tables-1795550000001';

/** In the order they were written; one that was released is never edited. */
export const vaultMigrations = [VaultTables1795550000001] as const;
