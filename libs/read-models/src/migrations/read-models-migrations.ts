import { ReadModelsTables1795550000201 } from './read-models-tables-1795550000201';

/** In the order they were written; one that was released is never edited. They stand on `followMigrations` and, for the account that lists show, on the vault's. */
export const readModelsMigrations = [ReadModelsTables1795550000201] as const;
