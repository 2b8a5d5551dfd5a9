import { connectorOf } from '#connectors';
import { againstOf, Refused, type ExistingConnection, type VerificationOutcome } from '#domain';
import { HeaderIsNotAllowed, HostBulkheads, verifyOverHttp, type GuardedHttp, type HttpVerificationOutcome } from '#outbound';
import type { Secret } from '#secret';
import type { Account, Vault } from '#vault';
import canonicalize from 'canonicalize';

export interface Verification {
  readonly outcome: VerificationOutcome;
  /** Whom the service takes the credential for. Personal data: it is kept beside the log, never in it. */
  readonly account?: Account;
}

export interface VerifierOptions {
  readonly http: GuardedHttp;
  readonly vault: Pick<Vault, 'open' | 'fingerprint'>;
  readonly bulkheads?: HostBulkheads;
}

export interface VerifyOptions {
  /** A credential that was just entered; without it the connection's own is opened. The caller wipes it. */
  readonly entered?: Secret;
  readonly signal?: AbortSignal;
}

/** Asks services whether they take a credential. What it finds out is for `decide`. */
export class Verifier {
  readonly #http: GuardedHttp;
  readonly #vault: Pick<Vault, 'open' | 'fingerprint'>;
  readonly #bulkheads: HostBulkheads;

  constructor({ http, vault, bulkheads = new HostBulkheads() }: VerifierOptions) {
    this.#http = http;
    this.#vault = vault;
    this.#bulkheads = bulkheads;
  }

  /**
   * Ends within 10 s, however slow the service is. That it refuses or cannot be reached is an outcome, not an error.
   * @throws Refused ConnectorIsNotAvailable, ConnectionIsPending (there is no credential to verify), FieldsAreInvalid (a header cannot be sent)
   * @throws SecretDoesNotExist, SecretDoesNotOpen, VaultIsSealed
   */
  async verify(connectionId: string, connection: ExistingConnection, { entered, signal }: VerifyOptions = {}): Promise<Verification> {
    const definition = connectorOf(connection.connectorKey);
    if (!definition) throw new Refused('ConnectorIsNotAvailable');
    const against = againstOf(connection);
    // A connector that calls nothing has nothing that could be wrong.
    if (definition.verification === null) return { outcome: { against, accepted: true, latencyMs: 0 } };

    const opened = entered ? null : await this.#current(connectionId, connection);
    const { authType, serviceUrl, settings } = connection;
    const found = await verifyOverHttp({
      definition,
      authType,
      serviceUrl,
      settings,
      credentials: entered ?? opened,
      http: this.#http,
      bulkheads: this.#bulkheads,
      signal: signal ?? new AbortController().signal,
    })
      .catch(asRefusal)
      .finally(() => opened?.wipe());
    return this.#verification(connection, against, found);
  }

  async #current(connectionId: string, { workspaceId, authType, credential }: ExistingConnection): Promise<Secret | null> {
    if (authType === 'none') return null;
    if (!credential) throw new Refused('ConnectionIsPending');
    const { secretId, boundTo } = credential;
    return this.#vault.open({ workspaceId, connectionId, kind: 'credential', secretId, boundTo });
  }

  async #verification(
    { workspaceId, connectorKey }: ExistingConnection,
    against: VerificationOutcome['against'],
    found: HttpVerificationOutcome,
  ): Promise<Verification> {
    if (!found.accepted) {
      const { category, httpStatus, detail } = found;
      return { outcome: { against, accepted: false, category, ...(httpStatus !== undefined && { httpStatus }), detail } };
    }
    const { latencyMs, limited, account } = found;
    // Only an id tells accounts apart: people change the names they go by.
    const accountFingerprint =
      account?.id === undefined
        ? undefined
        : await this.#vault.fingerprint(workspaceId, canonicalize(['account', connectorKey, account.id]) ?? '');
    return {
      outcome: {
        against,
        accepted: true,
        latencyMs,
        ...(limited && { limited }),
        ...(accountFingerprint !== undefined && { accountFingerprint }),
      },
      ...(account && { account }),
    };
  }
}

const headerProblems: Readonly<Record<HeaderIsNotAllowed['reason'], string>> = {
  name: 'A header has a name that HTTP does not allow.',
  value: 'A header has a value that HTTP does not allow.',
  transport: 'A header belongs to the transport and cannot be set.',
  credential: 'An extra header would replace the one that carries the credential.',
};

function asRefusal(error: unknown): never {
  if (!(error instanceof HeaderIsNotAllowed)) throw error;
  throw new Refused('FieldsAreInvalid', {}, [{ pointer: '/settings', reason: 'header', message: headerProblems[error.reason] }]);
}
