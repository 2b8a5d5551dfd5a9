import { ConnectionAccountChanges1795550000303 } from './records/migrations/connection-account-changes-1795550000303';
import { ConnectionDueWorkTargets1795550000304 } from './records/migrations/connection-due-work-targets-1795550000304';
import { ConnectionDueWork1795550000302 } from './records/migrations/connection-due-work-1795550000302';
import { ConnectionIdempotencyKeys1795550000301 } from './records/migrations/connection-idempotency-keys-1795550000301';

/** In the order they were written; one that was released is never edited. */
export const connectionMigrations = [
  ConnectionIdempotencyKeys1795550000301,
  ConnectionDueWork1795550000302,
  ConnectionAccountChanges1795550000303,
  ConnectionDueWorkTargets1795550000304,
] as const;
