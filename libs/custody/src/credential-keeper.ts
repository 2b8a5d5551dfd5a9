import { fieldsOf, type ConnectorDefinition } from '#connectors';
import { existing, type Connection, type Credential } from '#domain';
import type { AuthType, ConnectionEvent, Settings } from '#events';
import { originOf } from '#outbound';
import { Secret } from '#secret';
import type { Vault } from '#vault';
import canonicalize from 'canonicalize';
import { publicPrefix } from './public-prefix';

/** Entered credentials, and the connection they are for. */
export interface EnteredCredentials {
  readonly workspaceId: string;
  readonly connectionId: string;
  /** A uuid that the caller chose; sealing the same again under it is a retry. */
  readonly secretId: string;
  readonly definition: ConnectorDefinition;
  readonly authType: AuthType;
  readonly serviceUrl?: string | undefined;
  readonly settings: Settings;
  /** By field name, without `expiresAt`: that is not part of the secret. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Until when it may have to wait for its service; by then it is nobody's. An hour unless told. */
  readonly until?: Date;
}

/** Sealed, and named by no event yet. All but `secret` may be known. */
export interface SealedCredentials {
  readonly secretId: string;
  readonly fingerprint: string;
  readonly display?: string;
  readonly boundTo: string | null;
  /** What was sealed, for whoever verifies it now; wiped by its taker. */
  readonly secret: Secret;
}

const candidateMs = 60 * 60_000;

/** Brings entered credentials into the form they are kept in. */
export class CredentialKeeper {
  constructor(
    private readonly vault: Pick<Vault, 'seal' | 'open' | 'shred' | 'shredAllOf' | 'retire' | 'fingerprint'>,
    private readonly clock: () => Date = () => new Date(),
  ) {}

  /**
   * Seals them as a candidate, bound to the origin they were entered for.
   * @throws OutboundDenied when no origin can be read from service URL and settings
   * @throws VaultIsSealed
   */
  async seal({ connectionId, secretId, until, ...entered }: EnteredCredentials): Promise<SealedCredentials> {
    const described = await this.describe(entered);
    const { boundTo, secret } = described;
    await this.vault.seal({ workspaceId: entered.workspaceId, connectionId, kind: 'credential', secretId, boundTo }, secret, {
      purpose: 'candidate',
      expiresAt: until ?? new Date(this.clock().getTime() + candidateMs),
    });
    return { secretId, ...described };
  }

  /**
   * The form they would be kept in. The secret is their canonical JSON (RFC 8785), so that the same values give the same fingerprint in whatever
   * order they came.
   * @throws OutboundDenied, VaultIsSealed
   */
  async describe({
    workspaceId,
    definition,
    credentials,
    ...place
  }: Omit<EnteredCredentials, 'connectionId' | 'secretId' | 'until'>): Promise<Omit<SealedCredentials, 'secretId'>> {
    const canonical = canonicalize(credentials) ?? '{}';
    const boundTo = originOf(definition, place);
    const fingerprint = await this.vault.fingerprint(workspaceId, canonical);
    const display = publicPrefix(fieldsOf(definition, place.authType) ?? [], credentials);
    return { fingerprint, ...(display !== undefined && { display }), boundTo, secret: Secret.of(canonical) };
  }

  /**
   * Seals a copy of a credential that was replaced, as a candidate bound to the same origin: a secret has one id, and its next life is another one.
   * @throws SecretDoesNotExist, SecretDoesNotOpen, VaultIsSealed
   */
  async sealAgain(
    { secretId: earlierId, fingerprint, display, boundTo }: Credential,
    {
      workspaceId,
      connectionId,
      secretId,
      until,
    }: Pick<EnteredCredentials, 'workspaceId' | 'connectionId' | 'secretId'> & { readonly until: Date },
  ): Promise<SealedCredentials> {
    const place = { workspaceId, connectionId, kind: 'credential', boundTo } as const;
    const secret = await this.vault.open({ ...place, secretId: earlierId });
    await this.vault.seal({ ...place, secretId }, secret, { purpose: 'candidate', expiresAt: until });
    return { secretId, fingerprint, ...(display !== undefined && { display }), boundTo, secret };
  }

  /**
   * Treats the secrets of a connection as its events say: what ended is destroyed, what was replaced stays while it can be gone back to. `state` is
   * the one the events led to. Doing it again changes nothing.
   */
  async putAway(
    connectionId: string,
    { state, events }: { readonly state: Connection; readonly events: readonly ConnectionEvent[] },
  ): Promise<void> {
    const { workspaceId, removed, previous } = existing(state);
    if (removed) return this.vault.shredAllOf({ workspaceId, connectionId });
    for (const event of events) {
      if (event.type === 'CredentialsRejected') await this.vault.shred(event.data.secretId);
      if (event.type === 'CredentialsRotated' && previous) await this.vault.retire(previous.secretId, new Date(previous.until));
    }
  }

  /** Destroys a candidate that will not be used. */
  async discard({ secretId, secret }: SealedCredentials): Promise<void> {
    secret.wipe();
    await this.vault.shred(secretId);
  }
}
