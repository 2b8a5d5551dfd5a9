import { connectorOf, type ConnectorDefinition } from '#connectors';
import { existing, Refused, servable, settledOf, type Settled } from '#domain';
import { newCommandId, within } from '#event-store';
import type { AuthType, ConnectionStatus, Environment, Settings } from '#events';
import { enteredIn, materialOf, serviceUrlOf, type Material } from '#outbound';
import type { SettledSecret, SettledSecrets, VaultHeads, VaultPlace } from '#vault';
import type { ConnectionStreams } from './connection-streams';
import { refuseAnotherOrigin } from './refuse-another-origin';
import { refusedHeader } from './refused-header';
import { Rounds } from './rounds';

/** A connection as its service is called, with the credential in the form in which it travels. */
export interface Resolved {
  readonly connectionId: string;
  readonly connector: string;
  readonly environment: Environment | null;
  readonly serviceUrl: string | null;
  /** The only origin that `material` may be sent to. */
  readonly boundTo: string | null;
  readonly settings: Settings;
  readonly authType: AuthType;
  /** Null where there is no credential. */
  readonly credentialVersion: number | null;
  /** Open. */
  readonly material: Material;
  readonly expiresAt: string | null;
  /** Until when it may be kept: at most 60 s, and never into the last 30 s of the credential. */
  readonly cacheUntil: string;
  /** `error`: the service could not be reached at the last check, and may be there by now. */
  readonly status: ConnectionStatus;
}

export interface ResolverOptions {
  readonly secrets: Pick<SettledSecrets<Settled>, 'find'>;
  readonly heads: Pick<VaultHeads<Settled>, 'settle' | 'forgetMarks'>;
  readonly streams: Pick<ConnectionStreams, 'load'>;
  readonly clock?: () => Date;
}

type Head = SettledSecret<Settled>;

const cacheMs = 60_000;
const beforeExpiryMs = 30_000;
/** For reading a stream, those before it in the line included. */
const foldMs = 2_000;

/**
 * Serves the credential that is in use, and no other: what was acknowledged before it is asked binds it, in every process. The vault's head says which
 * one that is, by one statement and without the log; where an append may have outdated the head, or nothing was settled, the stream says.
 */
export class Resolver {
  readonly #secrets: ResolverOptions['secrets'];
  readonly #heads: ResolverOptions['heads'];
  readonly #streams: ResolverOptions['streams'];
  readonly #clock: () => Date;
  readonly #folds = new Rounds();

  constructor({ secrets, heads, streams, clock = () => new Date() }: ResolverOptions) {
    this.#secrets = secrets;
    this.#heads = heads;
    this.#streams = streams;
    this.#clock = clock;
  }

  /**
   * @throws Refused ConnectionDoesNotExist (also of another workspace), as `servable` does, ConnectorIsNotAvailable, CredentialsMustBeReentered (the
   * credential was entered for another origin than the connection has now), FieldsAreInvalid (a header cannot be sent)
   * @throws LogIsUnavailable when the stream must be read and cannot be, within 2 s
   * @throws SecretDoesNotExist, SecretDoesNotOpen when the vault does not hold what the head names; VaultIsSealed
   */
  async resolve(place: VaultPlace): Promise<Resolved> {
    const head = (await this.#trusted(place)) ?? (await this.#folded(place));
    const settled = servable(head.settled);
    const definition = connectorOf(settled.connectorKey);
    if (!definition) throw new Refused('ConnectorIsNotAvailable');
    const { authType, settings, environment, boundTo, credentialVersion, expiresAt } = settled;
    return {
      connectionId: place.connectionId,
      connector: settled.connectorKey,
      environment: environment ?? null,
      serviceUrl: settled.serviceUrl ?? serviceUrlOf(definition, settled)?.href ?? null,
      boundTo: boundTo ?? null,
      settings,
      authType,
      credentialVersion: credentialVersion ?? null,
      material: await this.#material(head, settled, definition),
      expiresAt: expiresAt ?? null,
      cacheUntil: this.#cacheUntil(expiresAt),
      status: settled.status,
    };
  }

  async #trusted(place: VaultPlace): Promise<(Head & { readonly settled: Settled }) | null> {
    const head = await this.#secrets.find(place);
    return head && !head.marked && isSettled(head) ? head : null;
  }

  /** Later marks do not matter to it: whatever was acknowledged before it was asked is in what was folded. */
  async #folded(place: VaultPlace): Promise<Head & { readonly settled: Settled }> {
    const { connectionId } = place;
    await within(
      foldMs,
      this.#folds.join(connectionId, () => within(foldMs, this.#fold(connectionId))),
    );
    const head = await this.#secrets.find(place);
    if (!head || !isSettled(head)) throw new Refused('ConnectionDoesNotExist');
    return head;
  }

  /** Also for whoever asks about a connection of another workspace: it takes them as long as one that is nowhere. */
  async #fold(connectionId: string): Promise<void> {
    const now = this.#clock(); // before the stream: a mark past its time by then hides nothing that the stream does not show
    const { state } = await this.#streams.load(connectionId);
    const settled = settledOf(state);
    if (settled) {
      const { workspaceId } = existing(state);
      await this.#heads.settle({ workspaceId, connectionId, commandId: newCommandId(), settled });
    }
    await this.#heads.forgetMarks(connectionId, now);
  }

  async #material(head: Head, settled: Settled, definition: ConnectorDefinition): Promise<Material> {
    const { authType, settings, secretId, boundTo = null } = settled;
    if (secretId === undefined) {
      if (authType !== 'none') throw new Refused('ConnectionIsPending');
      return materialOf(definition, authType, settings, {});
    }
    refuseAnotherOrigin(definition, settled, boundTo);
    const secret = await head.open();
    try {
      return materialOf(definition, authType, settings, enteredIn(secret));
    } catch (error) {
      return refusedHeader(error);
    } finally {
      secret.wipe();
    }
  }

  #cacheUntil(expiresAt: string | undefined): string {
    const latest = expiresAt === undefined ? Infinity : Date.parse(expiresAt) - beforeExpiryMs;
    return new Date(Math.min(this.#clock().getTime() + cacheMs, latest)).toISOString();
  }
}

function isSettled(head: Head): head is Head & { readonly settled: Settled } {
  return head.settled !== null;
}
