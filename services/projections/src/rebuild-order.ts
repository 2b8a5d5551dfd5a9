import { RunnerIsSuperseded } from '#follow';
import { rows, type Database, type Transaction } from '#postgres';
import type { RebuildKind, RebuildState } from '#read-models';
import type { Projection } from './projection';

/** A rebuild that somebody asked for and nobody has ended: a row of `projection_rebuilds`. */
export interface RebuildOrder {
  readonly id: string;
  readonly projection: Projection;
  readonly kind: RebuildKind;
}

/** How far it is, for whoever looks. */
export interface Progress {
  readonly position: bigint;
  readonly head: bigint;
  readonly eventsPerSecond: number;
  readonly positionsPerSecond: number;
}

/** Somebody cancelled it, or another process ended it. What readers see is as it was. */
export class RebuildWasEnded extends RunnerIsSuperseded {
  override readonly name = 'RebuildWasEnded';
  constructor({ projection: { name } }: RebuildOrder) {
    super(`the rebuild of ${name} was cancelled, or ended by another process`);
  }
}

/** The oldest that this release can do: it has the projection in the version that is wanted. */
export async function nextOrder(database: Database, projections: readonly Projection[]): Promise<RebuildOrder | null> {
  const open = await database.query<{ id: string; projection: string; version: number; kind: RebuildKind }>(
    `select id, projection, version, kind from read_models.projection_rebuilds where state in ('asked', 'running') order by asked_at`,
  );
  for (const { projection: wanted, version, ...order } of open) {
    const projection = projections.find((known) => known.name === wanted && known.version === version);
    if (projection) return { ...order, projection };
  }
  return null;
}

/**
 * Answers whether it begins, or goes on where another process left it.
 *
 * @throws RebuildWasEnded
 */
export async function takeUp(tx: Transaction, order: RebuildOrder): Promise<'begins' | 'goes on'> {
  const [found] = await rows<{ state: RebuildState }>(tx, `select state from read_models.projection_rebuilds where id = $1 for update`, [
    order.id,
  ]);
  await change(tx, order, `state = 'running', started_at = coalesce(started_at, now()), worked_at = now()`);
  return found?.state === 'asked' ? 'begins' : 'goes on';
}

/** @throws RebuildWasEnded */
export async function tell(
  tx: Transaction,
  order: RebuildOrder,
  { position, head, eventsPerSecond, positionsPerSecond }: Progress,
): Promise<void> {
  await change(
    tx,
    order,
    `position = $2, head = greatest(head, $3), events_per_second = $4, positions_per_second = $5, worked_at = now()`,
    [String(position), String(head), eventsPerSecond, positionsPerSecond],
  );
}

/** @throws RebuildWasEnded */
export async function finish(tx: Transaction, order: RebuildOrder, position: bigint): Promise<void> {
  await change(tx, order, `state = 'done', position = $2, head = $2, worked_at = now(), ended_at = now()`, [String(position)]);
}

/** @throws RebuildWasEnded */
export async function fail(tx: Transaction, order: RebuildOrder, error: string): Promise<void> {
  await change(tx, order, `state = 'failed', error = $2, ended_at = now()`, [error]);
}

async function change(tx: Transaction, order: RebuildOrder, to: string, values: readonly unknown[] = []): Promise<void> {
  const changed = await rows(
    tx,
    `update read_models.projection_rebuilds set ${to} where id = $1 and state in ('asked', 'running') returning id`,
    [order.id, ...values],
  );
  if (changed.length === 0) throw new RebuildWasEnded(order);
}
