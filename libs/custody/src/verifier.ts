import { connectorOf, type ConnectorDefinition } from '#connectors';
import { againstCandidate, againstOf, Refused, type Candidate, type ExistingConnection, type VerificationOutcome } from '#domain';
import {
  HeaderIsNotAllowed,
  HostBulkheads,
  originOf,
  OutboundDenied,
  verifyOverHttp,
  type GuardedHttp,
  type HttpVerificationOutcome,
} from '#outbound';
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
      .catch(asRefusal)
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

/**
 * The last look before a credential leaves. Whoever decides looks, too: this one does not depend on how the connection came to be as it is, be it
 * by an edit, by a definition that changed, or by a mistake of ours.
 */
function refuseAnotherOrigin(definition: ConnectorDefinition, connection: ExistingConnection, boundTo: string | null): void {
  if (originNow(definition, connection) !== boundTo) throw new Refused('CredentialsMustBeReentered');
}

/** Null: there is no address to go to. */
function originNow(definition: ConnectorDefinition, connection: ExistingConnection): string | null {
  try {
    return originOf(definition, connection);
  } catch (error) {
    if (error instanceof OutboundDenied) return null;
    throw error;
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
