import { Refused } from '#domain';
import { commandIdOf } from '#event-store';
import { rows, type Database } from '#postgres';
import type { Secret } from '#secret';
import { SecretIdIsTaken, type SecretAddress, type Vault } from '#vault';
import { v7 } from 'uuid';
import { newCommandIds, type CommandIds } from '../command-ids';

/** A request that its asker gave a name, so that it can be sent again. */
export interface KeyedRequest {
  readonly workspaceId: string;
  /** The subject of the token. */
  readonly principal: string;
  readonly operation: string;
  /** The asker's name for it: 1 to 255 visible ASCII characters. */
  readonly key: string;
  /** All that is asked for, as canonical JSON (RFC 8785). It may hold secrets: what is kept of it is a keyed fingerprint. */
  readonly content: string;
}

type KeyedPlace = Pick<KeyedRequest, 'workspaceId' | 'principal' | 'operation' | 'key'>;

/** The right to run a request: for as long as the lease lasts, nobody else has it. */
export interface Lease extends KeyedPlace {
  readonly ids: CommandIds;
  readonly answerId: string;
  /** How many have held it, this one included. */
  readonly attempt: number;
  readonly expiresAt: Date;
}

/** Whoever asks first runs the request; whoever asks after it was answered gets the answer. */
export type Begun = { readonly lease: Lease } | { readonly answer: Secret };

interface Row {
  readonly fingerprint: string;
  readonly commandId: string;
  readonly connectionId: string;
  readonly secretId: string;
  readonly answerId: string;
  readonly state: 'running' | 'done';
  readonly attempt: number;
  readonly expiresAt: Date;
  readonly expired: boolean;
}

const columns = `fingerprint, command_id as "commandId", connection_id as "connectionId", secret_id as "secretId", answer_id as "answerId",
  state, attempt, expires_at as "expiresAt", expires_at <= now() as expired`;

const thisKey = 'workspace_id = $1 and principal = $2 and operation = $3 and key = $4';

/** So long an answer outlives its row, which may be asked for at the last moment. */
const lastMomentMs = 60_000;

const forgottenAtOnce = 10_000;

/**
 * What was asked for under which `Idempotency-Key`, for 24 hours. All processes ask the one table, and its clock is the database's.
 *
 * The ids of a command are chosen with its row. A process that dies leaves a lease that ends after a minute; whoever sends the request again
 * runs the same command, and what the first one stored is found instead of made again.
 */
export class IdempotencyKeys {
  constructor(
    private readonly database: Database,
    private readonly vault: Pick<Vault, 'fingerprint' | 'seal' | 'open' | 'shred'>,
  ) {}

  /**
   * The answer, once there is one; the right to run the request otherwise.
   * @throws Refused KeyWasUsedForAnotherRequest, RequestIsStillRunning
   * @throws VaultIsSealed
   */
  async begin(request: KeyedRequest): Promise<Begun> {
    const fingerprint = await this.vault.fingerprint(request.workspaceId, request.content);
    const { claimed, held } = await this.#claim(request, fingerprint);
    if (claimed) return { lease: leaseOf(request, claimed) };
    if (held?.expired === true) {
      await this.#forget(request, held);
      return this.begin(request);
    }
    if (held && held.fingerprint !== fingerprint) throw new Refused('KeyWasUsedForAnotherRequest');
    if (held?.state !== 'done') throw new Refused('RequestIsStillRunning');
    return { answer: await this.vault.open(addressOf(leaseOf(request, held))) };
  }

  /**
   * Keeps the answer, and says what everybody who asks is answered: where the request was run twice, after a lease that ended too early, that is
   * the first answer that was kept.
   */
  async finish(lease: Lease, answer: Secret): Promise<Secret> {
    const kept = await this.#sealed(lease, answer);
    await this.database.inWorkspace(lease.workspaceId, (tx) =>
      rows(tx, `update records.idempotency_keys set state = 'done' where ${thisKey} and command_id = $5`, [
        ...placeOf(lease),
        lease.ids.commandId,
      ]),
    );
    return kept;
  }

  /** Ends the lease without an answer: the request may be sent again at once, and is then run again with the same ids. */
  async release(lease: Lease): Promise<void> {
    await this.database.inWorkspace(lease.workspaceId, (tx) =>
      rows(tx, `update records.idempotency_keys set lease_until = now() where ${thisKey} and attempt = $5 and state = 'running'`, [
        ...placeOf(lease),
        lease.attempt,
      ]),
    );
  }

  /** In one transaction: takes what is free, or finds what is in the way. Neither, where it went away in between. */
  #claim(request: KeyedRequest, fingerprint: string): Promise<{ readonly claimed?: Row | undefined; readonly held?: Row | undefined }> {
    const { commandId, connectionId, secretId } = idsFor(request, fingerprint);
    return this.database.inWorkspace(request.workspaceId, async (tx) => {
      const [claimed] = await rows<Row>(
        tx,
        `insert into records.idempotency_keys as held (workspace_id, principal, operation, key, fingerprint, command_id, connection_id,
                                                       secret_id, answer_id, lease_until, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + interval '60 seconds', now() + interval '24 hours')
         on conflict (workspace_id, principal, operation, key) do update set attempt = held.attempt + 1, lease_until = excluded.lease_until
           where held.fingerprint = excluded.fingerprint and held.state = 'running' and held.lease_until <= now() and held.expires_at > now()
         returning ${columns}`,
        [...placeOf(request), fingerprint, commandId, connectionId, secretId, v7()],
      );
      if (claimed) return { claimed };
      const [held] = await rows<Row>(tx, `select ${columns} from records.idempotency_keys where ${thisKey}`, placeOf(request));
      return { held };
    });
  }

  async #sealed(lease: Lease, answer: Secret): Promise<Secret> {
    try {
      await this.vault.seal(addressOf(lease), answer, { purpose: null, expiresAt: new Date(lease.expiresAt.getTime() + lastMomentMs) });
      return answer;
    } catch (error) {
      if (error instanceof SecretIdIsTaken) return this.vault.open(addressOf(lease));
      throw error;
    }
  }

  /** The answer first: one whose row has gone would be found by nobody but the vault's sweep. */
  async #forget(request: KeyedRequest, { answerId }: Row): Promise<void> {
    await this.vault.shred(answerId);
    await this.database.inWorkspace(request.workspaceId, (tx) =>
      rows(tx, `delete from records.idempotency_keys where ${thisKey} and answer_id = $5`, [...placeOf(request), answerId]),
    );
  }
}

/** Clears away what has had its day, in all workspaces, as the role patchbay_jobs. The vault's sweep does the same for the answers. */
export async function forgetExpiredKeys(jobs: Database): Promise<void> {
  await jobs.query(
    `delete from records.idempotency_keys where (workspace_id, principal, operation, key) in (
       select workspace_id, principal, operation, key from records.idempotency_keys
        where expires_at <= now() order by expires_at limit ${forgottenAtOnce})`,
  );
}

/**
 * The command's id is made of the key and of what is asked for. A key that is taken for something else after its row has gone is another command,
 * not one that the stream seems to hold already; the same request under the same key is the same command for ever.
 */
function idsFor({ workspaceId, principal, operation, key }: KeyedPlace, fingerprint: string): CommandIds {
  return { ...newCommandIds(), commandId: commandIdOf([workspaceId, principal, operation, `${key} ${fingerprint}`]) };
}

function leaseOf({ workspaceId, principal, operation, key }: KeyedPlace, row: Row): Lease {
  const { commandId, connectionId, secretId, answerId, attempt, expiresAt } = row;
  return { workspaceId, principal, operation, key, ids: { commandId, connectionId, secretId }, answerId, attempt, expiresAt };
}

function placeOf({ workspaceId, principal, operation, key }: KeyedPlace): readonly string[] {
  return [workspaceId, principal, operation, key];
}

function addressOf({ workspaceId, ids, answerId }: Lease): SecretAddress {
  return { workspaceId, connectionId: ids.commandId, kind: 'answer', secretId: answerId, boundTo: null };
}
