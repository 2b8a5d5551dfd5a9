import { FollowTables1795550000101 } from './follow-tables-1795550000101';
import { FollowUnparking1795550000102 } from './follow-unparking-1795550000102';

/** In the order they were written; one that was released is never edited. */
export const followMigrations = [FollowTables1795550000101, FollowUnparking1795550000102] as const;
