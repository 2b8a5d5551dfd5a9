import { ConnectionIdempotencyKeys1795550000301 } from './records/migrations/connection-idempotency-keys-1795550000301';

/** In the order they were written; one that was released is never edited. */
export const connectionMigrations = [ConnectionIdempotencyKeys1795550000301] as const;
