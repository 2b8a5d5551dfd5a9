import { ReadModelsTables1795550000201 } from './read-models-tables-1795550000201';
import { ReadNamesAndAudit1795550000202 } from './read-names-and-audit-1795550000202';
import { ReadPublishedViews1795550000205 } from './read-published-views-1795550000205';
import { ReadRebuilds1795550000204 } from './read-rebuilds-1795550000204';
import { ReadViewsInOrder1795550000203 } from './read-views-in-order-1795550000203';

/** In the order they were written; one that was released is never edited. They stand on `followMigrations` and, for the account that lists show, on the vault's. */
export const readModelsMigrations = [
  ReadModelsTables1795550000201,
  ReadNamesAndAudit1795550000202,
  ReadViewsInOrder1795550000203,
  ReadRebuilds1795550000204,
  ReadPublishedViews1795550000205,
] as const;
