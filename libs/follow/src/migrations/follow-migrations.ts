import { FollowTables1795550000101 } from './follow-tables-1795550000101';

/** In the order they were written; one that was released is never edited. */
export const followMigrations = [FollowTables1795550000101] as const;
