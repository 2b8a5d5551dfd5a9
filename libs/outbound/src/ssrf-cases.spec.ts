import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { isPublic, addressOf } from './address';
import { Guard } from './guard';
import { GuardedHttp } from './guarded-http';
import { admitIssuerMetadata } from './issuer-metadata';
import { OutboundDenied } from './outbound-denied';
import { OutboundPolicy } from './outbound-policy';
import { endpointsOf } from './own-endpoint';
import type { Resolve } from './resolve';

interface SsrfCase {
  readonly id: string;
  readonly category: string;
  readonly url: string;
  readonly reason: string;
  readonly expected: 'allow' | 'deny';
  readonly code: string | null;
  readonly method?: 'GET' | 'POST';
  readonly policy?: { readonly allow_cidrs?: readonly string[]; readonly own_endpoints?: readonly string[] };
  readonly dns?: Readonly<Record<string, readonly string[]>>;
  readonly dns_sequence?: Readonly<Record<string, readonly (readonly string[])[]>>;
  readonly redirect_chain?: readonly { readonly status: number; readonly location: string }[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly must_connect_only_to?: readonly string[];
}

const { cases } = JSON.parse(readFileSync(join(__dirname, '../samples/ssrf-cases.json'), 'utf8')) as { cases: readonly SsrfCase[] };
const titled = cases.map((one) => [one.id, one.category, one.url.replaceAll(/\p{Cc}/gu, '?'), one.reason, one] as const);

describe('the guard, over the cases of samples/ssrf-cases.json', () => {
  it.each(titled)('%s %s: %s (%s)', async (_id, _category, _url, _reason, given) => {
    const { outcomes, connected } = given.metadata ? await discover(given) : await call(given);

    if (given.expected === 'allow') expect(outcomes).toEqual(['answered']);
    else expect(outcomes).toContain(given.code);

    const admissible = given.must_connect_only_to ?? everyAddress(given).filter((address) => mayBeCalled(address, given));
    expect(connected.filter((address) => !admissible.includes(address))).toEqual([]);
    if (given.expected === 'deny' && !given.redirect_chain && !given.dns_sequence) expect(connected).toEqual([]);
  });
});

/** Makes as many requests as the case has successive answers of DNS. */
async function call(given: SsrfCase): Promise<{ outcomes: readonly (string | null)[]; connected: readonly string[] }> {
  const { connect, connected } = scriptedService(given.redirect_chain ?? []);
  const http = new GuardedHttp({ policy: policyOf(given), resolve: scriptedResolver(given), connect });
  const outcomes: (string | null)[] = [];
  for (let request = 0; request < successiveAnswers(given); request++) {
    const call = http.request({
      method: given.method ?? 'GET',
      url: given.url,
      headers: { authorization: 'Bearer k' },
      ...(given.method === 'POST' && { body: 'client_secret=k' }),
      signal: AbortSignal.timeout(5_000),
    });
    outcomes.push(await call.then(() => 'answered', codeOf));
  }
  return { outcomes, connected };
}

/** The document was fetched; what it names is still to be held to the guard. */
async function discover(given: SsrfCase): Promise<{ outcomes: readonly (string | null)[]; connected: readonly string[] }> {
  const issuer = new URL(given.url).origin;
  const guard = new Guard(policyOf(given), scriptedResolver(given));
  const admission = admitIssuerMetadata(guard, issuer, { issuer, ...given.metadata });
  return { outcomes: [await admission.then(() => 'answered', codeOf)], connected: [] };
}

/** Answers with the redirects in turn, then with 200; each connection is a pair of streams in memory that says it reached the pinned address. */
function scriptedService(redirects: NonNullable<SsrfCase['redirect_chain']>) {
  const connected: string[] = [];
  const connect = ({ addresses }: { addresses: readonly string[] }): Promise<Socket> => {
    const redirect = redirects[connected.length];
    connected.push(...addresses);
    const [client, service] = duplexPair();
    service.once('data', () =>
      service.end(
        redirect
          ? `HTTP/1.1 ${redirect.status} Moved\r\nLocation: ${redirect.location}\r\nContent-Length: 0\r\n\r\n`
          : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}',
      ),
    );
    return Promise.resolve(Object.assign(client, { remoteAddress: addresses[0] }) as unknown as Socket);
  };
  return { connect, connected };
}

function scriptedResolver({ dns = {}, dns_sequence = {} }: SsrfCase): Resolve {
  const asked = new Map<string, number>();
  return (name) => {
    const turn = asked.get(name) ?? 0;
    asked.set(name, turn + 1);
    const answers = dns_sequence[name]?.[turn] ?? dns[name];
    return answers ? Promise.resolve(answers) : Promise.reject(new Error(`ENOTFOUND ${name}`));
  };
}

const successiveAnswers = ({ dns_sequence = {} }: SsrfCase): number =>
  Math.max(1, ...Object.values(dns_sequence).map((answers) => answers.length));

const policyOf = ({ policy }: SsrfCase): OutboundPolicy =>
  OutboundPolicy.from({ allowedCidrs: policy?.allow_cidrs ?? [], ownEndpoints: (policy?.own_endpoints ?? []).flatMap(endpointsOf) });

const codeOf = (error: unknown): string => (error instanceof OutboundDenied ? error.code : String(error));

const everyAddress = ({ url, dns = {}, dns_sequence = {} }: SsrfCase): string[] => [
  URL.parse(url)?.hostname.replaceAll(/[[\]]/g, '') ?? '',
  ...Object.values(dns).flat(),
  ...Object.values(dns_sequence).flat(2),
];

function mayBeCalled(text: string, given: SsrfCase): boolean {
  const address = addressOf(text);
  return address !== undefined && (isPublic(address) || (given.expected === 'allow' && given.policy !== undefined));
}
