import type { EntityManager } from 'typeorm';

/** TypeORM's entity manager, bound to one open transaction. Read rows with `rows(tx, …)`: its own `query` answers pairs for UPDATE. */
export type Transaction = EntityManager;
