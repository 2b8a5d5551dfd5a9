import type { ConnectorDefinition } from '#connectors';
import type { Secret } from '#secret';
import { checkMessage } from './check-message';
import { checkOutcome, type HttpVerificationOutcome } from './check-outcome';
import { enteredIn } from './entered-in';
import { enteredValues, holds, type AuthType, type Settings } from './entered-values';
import type { GuardedHttp } from './guarded-http';
import type { HostBulkheads } from './host-bulkheads';
import { materialOf, type Material } from './material-of';
import { OutboundDenied } from './outbound-denied';
import { OutboundFailed } from './outbound-failed';
import { serviceUrlOf } from './service-url';

export interface HttpVerificationRequest {
  readonly definition: ConnectorDefinition;
  readonly authType: AuthType;
  readonly serviceUrl?: string | undefined;
  readonly settings: Settings;
  /** What was entered under `credentials`, as JSON; null when nothing was. */
  readonly credentials: Secret | null;
  readonly http: GuardedHttp;
  readonly bulkheads: HostBulkheads;
  readonly signal: AbortSignal;
}

/** The connector has no check over HTTP, or the connection no service URL: the caller asked too early. */
export class NothingToVerify extends Error {
  override readonly name = 'NothingToVerify';
  constructor(connectorKey: string) {
    super(`nothing to verify over HTTP for a connection to "${connectorKey}"`);
  }
}

const totalMs = 10_000; // the wait for other calls to the same host included

/**
 * Asks a service, once and for at most 10 s, whether it takes a credential. Whatever keeps it from saying so is an outcome, too.
 * @throws NothingToVerify
 * @throws HeaderIsNotAllowed when settings or credential make a header that cannot be sent
 * @throws the reason of `signal` when the caller gave up
 */
export async function verifyOverHttp(request: HttpVerificationRequest): Promise<HttpVerificationOutcome> {
  const { definition, authType, settings, http, bulkheads } = request;
  const credentials = enteredIn(request.credentials);
  const values = enteredValues(definition, authType, settings, credentials);
  const check = definition.verification?.checks.find(({ when }) => holds(when, values));
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(totalMs)]);
  try {
    const service = serviceUrlOf(definition, request);
    if (!check || !service) throw new NothingToVerify(definition.key);
    const material = materialOf(definition, authType, settings, credentials);
    const message = checkMessage(check, service, values, settings, material);
    const answer = await bulkheads.run(service.host, signal, () => http.request({ ...message, signal }));
    const secrets = secretsIn(credentials, material);
    return checkOutcome(check, answer, values, (text) => secrets.some((secret) => text.includes(secret)));
  } catch (error) {
    return outcomeOfFailure(error);
  }
}

/** The credential as it was entered and as it travelled. A user name is secret only where it stands in for a password. */
function secretsIn({ username, password, ...others }: Readonly<Record<string, string>>, material: Material): string[] {
  const travelled = material.kind === 'headers' ? material.headers : material.kind === 'query' ? material.query : {};
  const tokens = Object.values(travelled).map((value) => value.slice(value.lastIndexOf(' ') + 1)); // without `Bearer ` or `Basic `
  return [...Object.values(others), ...(password ? [password] : [username ?? '']), ...tokens].filter((secret) => secret !== '');
}

function outcomeOfFailure(error: unknown): HttpVerificationOutcome {
  if (error instanceof OutboundFailed) return { accepted: false, category: error.category, detail: { code: error.code } };
  if (error instanceof OutboundDenied) {
    // No operator could allow a redirect: it is the service URL that is not the one that answers.
    if (error.code === 'redirect_not_allowed') return { accepted: false, category: 'unexpected', detail: { code: error.code } };
    return { accepted: false, category: 'blocked', detail: { code: 'address_not_allowed' } };
  }
  if ((error as Error).name === 'TimeoutError') return { accepted: false, category: 'timeout', detail: { code: 'no_answer_in_time' } };
  throw error;
}
