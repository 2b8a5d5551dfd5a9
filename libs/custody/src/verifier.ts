import { connectorOf } from '#connectors';
import { againstCandidate, againstOf, Refused, type Candidate, type ExistingConnection, type VerificationOutcome } from '#domain';
import { HostBulkheads, verifyOverHttp, type GuardedHttp, type HttpVerificationOutcome } from '#outbound';
import type { Secret } from '#secret';
import type { Account, Vault } from '#vault';
import canonicalize from 'canonicalize';
import { refuseAnotherOrigin } from './refuse-another-origin';
import { refusedHeader } from './refused-header';

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
  /** Verified instead of the credential in use. */
  readonly candidate?: Candidate;
  /** The credential as it was just entered; without it the one that is verified is opened. The caller wipes it. */
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
   * @throws Refused as `ask` does
   * @throws SecretDoesNotExist, SecretDoesNotOpen, VaultIsSealed
   */
  async verify(connectionId: string, connection: ExistingConnection, options: VerifyOptions = {}): Promise<Verification> {
    const { candidate } = options;
    const against = candidate ? againstCandidate(connection, candidate) : againstOf(connection);
    return this.#verification(connection, against, await this.ask(connectionId, connection, options));
  }

  /**
   * The same, without a word about accounts that were kept: nothing of it is to be recorded.
   * @throws Refused ConnectorIsNotAvailable, ConnectionIsPending (there is no credential to verify), FieldsAreInvalid (a header cannot be sent),
   * CredentialsMustBeReentered (the credential was entered for another origin than the connection has now)
   */
  async ask(
    connectionId: string,
    connection: ExistingConnection,
    { candidate, entered, signal }: VerifyOptions = {},
  ): Promise<HttpVerificationOutcome> {
    const definition = connectorOf(connection.connectorKey);
    if (!definition) throw new Refused('ConnectorIsNotAvailable');
    const { workspaceId, authType, serviceUrl, settings } = connection;
    const subject = candidate ?? connection.credential;
    if (authType !== 'none' && !subject) throw new Refused('ConnectionIsPending');
    if (subject) refuseAnotherOrigin(definition, connection, subject.boundTo);
    // A connector that calls nothing has nothing that could be wrong.
    if (definition.verification === null) return { accepted: true, latencyMs: 0 };

    const opened =
      subject && !entered
        ? await this.#vault.open({ workspaceId, connectionId, kind: 'credential', secretId: subject.secretId, boundTo: subject.boundTo })
        : null;
    return verifyOverHttp({
      definition,
      authType,
      serviceUrl,
      settings,
      credentials: entered ?? opened,
      http: this.#http,
      bulkheads: this.#bulkheads,
      signal: signal ?? new AbortController().signal,
    })
      .catch(refusedHeader)
      .finally(() => opened?.wipe());
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
