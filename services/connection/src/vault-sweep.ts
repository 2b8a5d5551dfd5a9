import type { ConnectionStreams } from '#custody';
import type { Connection } from '#domain';
import type { EndingSecret, VaultUpkeep } from '#vault';

/** What came of a sweep. Stopped, it has destroyed nothing and somebody has to look. */
export type Swept =
  | { readonly shredded: number; readonly kept: number }
  | { readonly stopped: 'log_is_behind'; readonly connectionId: string; readonly logRevision: number; readonly vaultRevision: number }
  | { readonly stopped: 'too_many'; readonly doomed: number; readonly rows: number };

const hourMs = 60 * 60_000;
const atOnce = 5_000;
/** Whose streams are looked into besides those of what might go: a log that lost its newest events shows it there first. */
const newestConnections = 100;
/** Of fewer rows one per cent says nothing. */
const leastRows = 100;
const mostShare = 0.01;

/**
 * Shreds what has had its day: credentials that were replaced and cannot be gone back to, candidates that nobody proposed or that ended, what was
 * sealed for a time. A credential goes only after its connection's stream was read and names it no more.
 *
 * What is destroyed never comes back, so the sweep does not trust itself. It destroys nothing while the log knows less of any stream than the vault
 * does (then the log, not the vault, has lost something), nor when it would destroy more than one per cent of all rows for being left behind:
 * rows whose end was announced when they were sealed or replaced do not count.
 *
 * With the secrets of a connection goes whose account it was: a command that died, or came after the removal, may have left that behind.
 */
export class VaultSweep {
  constructor(
    private readonly upkeep: VaultUpkeep,
    private readonly connections: Pick<ConnectionStreams, 'load'>,
    private readonly clock: () => Date,
  ) {}

  async sweep(): Promise<Swept> {
    const now = this.clock();
    const ending = await this.upkeep.ending({ now, sealedBefore: new Date(now.getTime() - hourMs), limit: atOnce });
    const credentials = ending.filter(({ kind }) => kind === 'credential');
    const places = [...new Set([...credentials.map(({ connectionId }) => connectionId), ...(await this.upkeep.newest(newestConnections))])];
    // Before the streams: what the vault learns while they are read, they know.
    const revisions = await this.upkeep.revisions(places);
    const states = new Map<string, Connection>();
    for (const connectionId of places) {
      const { state, revision: logRevision } = await this.connections.load(connectionId);
      const vaultRevision = revisions.get(connectionId) ?? -1;
      if (logRevision < vaultRevision) return { stopped: 'log_is_behind', connectionId, logRevision, vaultRevision };
      states.set(connectionId, state);
    }

    const doomed = ending.filter((row) => row.kind !== 'credential' || !names(states.get(row.connectionId), row, now));
    const leftBehind = doomed.filter(({ announced }) => !announced).length;
    const rows = await this.upkeep.count();
    if (rows >= leastRows && leftBehind > rows * mostShare) return { stopped: 'too_many', doomed: leftBehind, rows };
    const shredded = await this.upkeep.shred(doomed);
    await this.#eraseStrayAccounts(now);
    return { shredded, kept: ending.length - doomed.length };
  }

  async #eraseStrayAccounts(now: Date): Promise<void> {
    for (const place of await this.upkeep.strayAccounts({ keptBefore: new Date(now.getTime() - hourMs), limit: atOnce })) {
      const { state } = await this.connections.load(place.connectionId);
      if (state.status === 'unknown' || state.removed) await this.upkeep.eraseAccount(place);
    }
  }
}

/** Whether the connection still has a use for the secret. */
function names(connection: Connection | undefined, { secretId }: EndingSecret, now: Date): boolean {
  if (!connection || connection.status === 'unknown') return false;
  const { credential, candidate, previous } = connection;
  if (previous?.secretId === secretId) return now.getTime() < Date.parse(previous.until);
  return credential?.secretId === secretId || candidate?.secretId === secretId;
}
