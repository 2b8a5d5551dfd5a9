import { setTimeout as pause } from 'node:timers/promises';
import type { EventStore } from '#event-store';
import { CheckpointWasMoved, EventCannotBeApplied, LogIsAnother } from '#follow';
import { AdvisoryLock, type Database } from '#postgres';
import { askForRebuild, listProjections, RebuildIsRefused } from '#read-models';
import type { Secret } from '#secret';
import type { Projection } from './projection';
import { NothingIsKept, rebuild } from './rebuild';
import { fail, nextOrder, RebuildWasEnded, type RebuildOrder } from './rebuild-order';

export interface RebuilderOptions {
  readonly store: EventStore;
  readonly database: Database;
  /** Of the same role: who works on a rebuild holds a lock on a connection of its own. */
  readonly databaseUrl: Secret;
  readonly projections: readonly Projection[];
  readonly onHappening?: (happening: RebuildHappening) => void;
}

/** For whoever writes the log lines. */
export type RebuildHappening =
  | { readonly kind: 'begun' | 'shown' | 'cancelled'; readonly order: RebuildOrder }
  | { readonly kind: 'failed'; readonly order: RebuildOrder; readonly error: Error }
  | { readonly kind: 'interrupted'; readonly error: unknown };

const lookEachMs = 500;
/** As for the follower: a paused process must not keep others from going on. */
const leaseMs = 6_000;

/**
 * Does the rebuilds that are asked for and that this release has the version for, one at a time; of several processes one does each. What a
 * killed process began, the next one goes on with.
 */
export class Rebuilder {
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(private readonly options: RebuilderOptions) {}

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends with the batch under way; the rebuild goes on with the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the rebuilder is stopped'));
    await this.#running;
  }

  /** Throws while readers see what another version made: a release waits for its rebuild before those it replaces may go. */
  async ready(): Promise<undefined> {
    const { database, projections } = this.options;
    const shown = new Map((await listProjections(database)).map(({ name, version }) => [name, version]));
    const other = projections.find(({ name, version }) => (shown.get(name) ?? version) < version);
    if (other) {
      throw Object.assign(new Error(`version ${other.version} of ${other.name} is not shown yet`), { code: 'older_version_is_shown' });
    }
    return undefined;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let isAsked = false;
    while (!this.#isStopping()) {
      try {
        if (!isAsked) await this.#askForNewVersions();
        isAsked = true;
        const order = await nextOrder(this.options.database, this.options.projections);
        if (order) await this.#inTurn(order, signal);
      } catch (error) {
        if (!this.#isStopping()) this.options.onHappening?.({ kind: 'interrupted', error });
      }
      await pause(lookEachMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** A release with a newer version asks for its rebuild by itself, once: who cancelled it or went back is not asked again. */
  async #askForNewVersions(): Promise<void> {
    const { database, projections } = this.options;
    const listed = new Map((await listProjections(database)).map((projection) => [projection.name, projection]));
    for (const { name, version } of projections) {
      const shown = listed.get(name)?.version ?? version;
      if (shown >= version || (await wasAskedFor(database, name, version))) continue;
      await askForRebuild(database, { projection: name, kind: 'rebuild', version, askedBy: 'release' }).catch(unlessRefused);
    }
  }

  async #inTurn(order: RebuildOrder, stopping: AbortSignal): Promise<void> {
    const { databaseUrl } = this.options;
    const turn = await AdvisoryLock.tryAcquire(databaseUrl, `rebuild ${order.projection.name}`, {
      applicationName: 'patchbay-rebuild',
      leaseMs,
    });
    if (turn === null) return;
    try {
      await this.#do(order, AbortSignal.any([stopping, turn.lost]));
    } finally {
      await turn.release();
    }
  }

  async #do(order: RebuildOrder, signal: AbortSignal): Promise<void> {
    const { store, database, onHappening } = this.options;
    try {
      onHappening?.({ kind: 'begun', order });
      await rebuild(order, { store, database, signal, onOutage: (error) => onHappening?.({ kind: 'interrupted', error }) });
      onHappening?.({ kind: 'shown', order });
    } catch (error) {
      if (error instanceof RebuildWasEnded) onHappening?.({ kind: 'cancelled', order });
      else if (endsIt(error)) {
        await database.transaction((tx) => fail(tx, order, error.message));
        onHappening?.({ kind: 'failed', order, error });
      } else if (!(error instanceof CheckpointWasMoved)) throw error;
    }
  }
}

function endsIt(error: unknown): error is Error {
  return [EventCannotBeApplied, LogIsAnother, NothingIsKept].some((kind) => error instanceof kind);
}

async function wasAskedFor(database: Database, projection: string, version: number): Promise<boolean> {
  const [asked] = await database.query(`select from read_models.projection_rebuilds where projection = $1 and version = $2 limit 1`, [
    projection,
    version,
  ]);
  return asked !== undefined;
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof RebuildIsRefused)) throw error;
}
