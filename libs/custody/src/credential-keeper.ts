import { fieldsOf, type ConnectorDefinition } from '#connectors';
import type { AuthType, Settings } from '#events';
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

/** After that a candidate that no event names is nobody's. */
const candidateMs = 60 * 60_000;

/** Brings entered credentials into the form they are kept in. */
export class CredentialKeeper {
  constructor(
    private readonly vault: Pick<Vault, 'seal' | 'shred' | 'fingerprint'>,
    private readonly clock: () => Date = () => new Date(),
  ) {}

  /**
   * Seals them as a candidate, bound to the origin they were entered for. The secret is their canonical JSON (RFC 8785), so that the same
   * values give the same fingerprint in whatever order they came.
   * @throws OutboundDenied when no origin can be read from service URL and settings
   * @throws VaultIsSealed
   */
  async seal({ workspaceId, connectionId, secretId, definition, credentials, ...place }: EnteredCredentials): Promise<SealedCredentials> {
    const canonical = canonicalize(credentials) ?? '{}';
    const boundTo = originOf(definition, place);
    const secret = Secret.of(canonical);
    const fingerprint = await this.vault.fingerprint(workspaceId, canonical);
    await this.vault.seal({ workspaceId, connectionId, kind: 'credential', secretId, boundTo }, secret, {
      purpose: 'candidate',
      expiresAt: new Date(this.clock().getTime() + candidateMs),
    });
    const display = publicPrefix(fieldsOf(definition, place.authType) ?? [], credentials);
    return { secretId, fingerprint, ...(display !== undefined && { display }), boundTo, secret };
  }

  /** Destroys a candidate that will not be used. */
  async discard({ secretId, secret }: SealedCredentials): Promise<void> {
    secret.wipe();
    await this.vault.shred(secretId);
  }
}
