import type { Settled } from '#domain';
import type { Database } from '#postgres';
import type { Logger } from '#runtime';
import type { Secret } from '#secret';
import { KeyHappenings, KeyRotations, KeyRotator, VaultHeads, VaultUpkeep, type KeyPort } from '#vault';
import type { Registry } from 'prom-client';
import { KeyUpkeep } from './key-upkeep';
import { OpenWorkFinisher, type Finishing } from './open-work-finisher';
import { DueWork } from './records/due-work';
import { forgetExpiredKeys } from './records/idempotency-keys';
import type { KeysStream } from './streams';
import { VaultSweep } from './vault-sweep';
import { Worker, type WorkerOptions } from './worker';
import { WorkerMetrics } from './worker-metrics';

/** What a process needs to be the one that works on what is due. */
export interface Jobs extends Omit<WorkerOptions, 'databaseUrl'> {
  /** As the role patchbay_jobs, which sees every workspace. */
  readonly database: Database;
  readonly databaseUrl: Secret;
  readonly registry: Registry;
}

/** What the vault's keys are changed with, and told to. */
export interface KeysAtHand {
  readonly root: KeyPort;
  readonly stream: KeysStream;
}

/** Commands, and what they do to a stream, stay those of the process: with its caches, its queues and its role. */
export function workerOn(
  { database, registry, ...options }: Jobs,
  finishing: Finishing,
  { root, stream }: KeysAtHand,
  logger: Logger,
): Worker {
  const { clock, connections } = finishing;
  const dueWork = new DueWork(database, clock);
  const upkeep = new VaultUpkeep(database);
  const parts = {
    dueWork,
    finisher: new OpenWorkFinisher(finishing, dueWork, new VaultHeads<Settled>(database)),
    upkeep,
    sweep: new VaultSweep(upkeep, connections, clock),
    keys: new KeyUpkeep({
      rotations: new KeyRotations(database),
      rotator: new KeyRotator(database, root),
      happenings: new KeyHappenings(database),
      stream,
      clock,
    }),
    forgetExpired: async () => {
      await forgetExpiredKeys(database);
      await dueWork.forgetAccountChanges();
    },
    metrics: new WorkerMetrics(registry),
    clock,
    logger,
  };
  return new Worker(parts, options);
}
