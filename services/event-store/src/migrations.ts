import { LogEvents1795550000000 } from './migrations/log-events-1795550000000';
import { HiddenEvents1795740000000 } from './migrations/hidden-events-1795740000000';

/** In the order they were written; one that was released is never edited. */
export const eventStoreMigrations = [LogEvents1795550000000, HiddenEvents1795740000000] as const;
