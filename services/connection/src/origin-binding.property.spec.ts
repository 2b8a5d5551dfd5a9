import { ConnectionStreams, CredentialKeeper, Verifier } from '#custody';
import { Refused } from '#domain';
import { InMemoryEventStore, newCommandId } from '#event-store';
import { OutboundFailed, type GuardedHttp, type OutboundRequest } from '#outbound';
import { Secret } from '#secret';
import type { SecretAddress } from '#vault';
import fc from 'fast-check';
import { v7 } from 'uuid';
import { AccountKeeper } from './account-keeper';
import type { Commander } from './asker';
import { Candidates } from './candidates';
import { Clock } from './clock';
import { CreateConnection, CreateConnectionHandler } from './commands/create-connection';
import { DisableConnection, DisableConnectionHandler } from './commands/disable-connection';
import { EditConnection, EditConnectionHandler } from './commands/edit-connection';
import { EnableConnection, EnableConnectionHandler } from './commands/enable-connection';
import { RollBackCredentials, RollBackCredentialsHandler } from './commands/roll-back-credentials';
import { RotateCredentials, RotateCredentialsHandler } from './commands/rotate-credentials';
import { TryCredentials, TryCredentialsHandler } from './commands/try-credentials';
import { VerifyConnection, VerifyConnectionHandler } from './commands/verify-connection';
import { ConnectionAnswers } from './connection-answers';
import type { EnteredEdit } from './entered-edit';
import type { NameReservations } from './name-reservations';

/** The secret of whoever made the connection, as its connector wants it. Whoever edits it knows only secrets of their own. */
const subjects = {
  http: {
    entered: { serviceUrl: 'https://orders.example.com/v1', settings: { apiKeyName: 'X-Api-Key' } },
    authType: 'api_key',
    theirs: { apiKey: 'sealed-by-the-victim' },
    known: { apiKey: 'known-to-the-editor' },
    origin: 'https://orders.example.com',
  },
  basic: {
    entered: { serviceUrl: 'https://orders.example.com/v1', settings: {} },
    authType: 'basic',
    theirs: { username: 'ada', password: 'sealed-by-the-victim' },
    known: { username: 'eve', password: 'known-to-the-editor' },
    origin: 'https://orders.example.com',
  },
  shopify: {
    entered: { settings: { shop: 'acme-outdoor' } },
    authType: 'api_key',
    theirs: { accessToken: 'shpat_sealed_by_the_victim' },
    known: { accessToken: 'shpat_known_to_the_editor' },
    origin: 'https://acme-outdoor.myshopify.com',
  },
  stripe: {
    entered: { settings: {} },
    authType: 'api_key',
    theirs: { apiKey: 'sk_test_sealed-by-the-victim' },
    known: { apiKey: 'sk_test_known-to-the-editor' },
    origin: 'https://api.stripe.com',
  },
} as const;
type Kind = keyof typeof subjects;

const urls = [
  'https://orders.example.com',
  'https://orders.example.com/v2',
  'https://ORDERS.example.com:443/v1',
  'http://orders.example.com',
  'https://orders.example.com:8443',
  'https://evil.example.net',
  'https://evil.example.net/orders.example.com',
  'https://orders.example.com.evil.example.net',
  'https://orders.example.com@evil.example.net',
  'https://evil.example.net\\@orders.example.com',
  'https://orders.example.com#@evil.example.net',
  'https://orders。example。com',
  'https://[::1]',
  '//evil.example.net',
];
const paths = [
  '/whoami',
  '//evil.example.net',
  '/@evil.example.net',
  '/..//evil.example.net',
  '/%2f%2fevil.example.net',
  'https://evil.example.net/',
];

/** What can be edited of how the service is called, besides its URL. */
const placements = fc.oneof(
  fc.record({ verificationPath: fc.constantFrom(...paths, null) }),
  fc.record({ apiKeyName: fc.constantFrom('X-Api-Key', 'Host', 'X-Forwarded-Host', 'url', null) }),
  fc.record({ apiKeyIn: fc.constantFrom('header', 'query', null) }),
  fc.record({ apiKeyPrefix: fc.constantFrom('https://evil.example.net/?', 'Token ', null) }),
  fc.record({
    extraHeaders: fc.constantFrom({ Host: 'evil.example.net' }, { Forwarded: 'host=evil.example.net' }, { Accept: 'text/plain' }, null),
  }),
);
const shops = fc.record({
  shop: fc.constantFrom('acme-outdoor', 'evil-shop', 'evil.example.net', 'evil/', 'acme-outdoor.myshopify.com', null),
});

const changes: Readonly<Record<Kind, fc.Arbitrary<Pick<EnteredEdit, 'serviceUrl' | 'settings'>>>> = {
  http: fc.oneof(fc.record({ serviceUrl: fc.constantFrom(...urls) }), fc.record({ settings: placements })),
  basic: fc.record({ serviceUrl: fc.constantFrom(...urls) }),
  shopify: fc.record({ settings: shops }),
  stripe: fc.oneof(fc.record({ settings: shops }), fc.record({ serviceUrl: fc.constantFrom(...urls) })),
};

type Mood = 'accept' | 'refuse' | 'down';
const mood = fc.constantFrom<Mood>('accept', 'accept', 'accept', 'refuse', 'down');

const stepOf = (kind: Kind) =>
  fc.oneof(
    fc.record({ does: fc.constant('edit' as const), mood, change: changes[kind], reenters: fc.boolean() }),
    fc.record({ does: fc.constantFrom('rotate', 'try', 'roll back', 'verify', 'disable', 'enable'), mood }),
  );
type Step = ReturnType<typeof stepOf> extends fc.Arbitrary<infer Value> ? Value : never;

const sequence = fc.oneof(
  ...(['http', 'http', 'basic', 'shopify', 'stripe'] as const).map((kind) =>
    fc.record({ kind: fc.constant(kind), steps: fc.array(stepOf(kind), { minLength: 1, maxLength: 4 }) }),
  ),
);

const sequences = 10_000;

describe('a credential', () => {
  it(`goes only to the origin it was entered for, whatever somebody edits who never knew it (${sequences} sequences)`, async () => {
    const seen = { home: 0, away: 0, moved: 0 };
    await fc.assert(
      fc.asyncProperty(sequence, async ({ kind, steps }) => {
        const world = new World(kind);
        network = (asked) => world.answer(asked);
        await world.create();
        for (const taken of steps) await world.take(taken);
        expect(world.leaked).toEqual([]);
        seen.home += world.home;
        seen.away += world.away;
        if (world.moved) seen.moved++;
      }),
      { numRuns: sequences },
    );
    // It would have been seen: the secret did travel home, other origins were asked with other secrets, and connections moved there.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(sequences / 20);
  }, 60_000);
});

type Answer = Awaited<ReturnType<GuardedHttp['request']>>;

/** Whoever is asked just now: one sequence runs after the other. */
let network: (asked: OutboundRequest) => Promise<Answer>;

/** One connection, and a network that remembers where its secret went. */
class World {
  readonly leaked: string[] = [];
  home = 0;
  away = 0;
  moved = false;
  #mood: Mood = 'accept';
  readonly #kind: Kind;
  readonly #id = v7();

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  async create(): Promise<void> {
    const { entered, authType, theirs } = subjects[this.#kind];
    const connector = this.#kind === 'basic' ? 'http' : this.#kind;
    const credentials = Secret.of(JSON.stringify(theirs));
    const connection = { connector, name: this.#id, authType, ...entered, credentials, labels: {}, allowEnvironmentMismatch: true };
    await handlers.create.execute(new CreateConnection(editor(), this.#id, v7(), connection));
  }

  async take(taken: Step): Promise<void> {
    this.#mood = taken.mood;
    try {
      await this.#execute(taken);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  async #execute(taken: Step): Promise<unknown> {
    const credentials = Secret.of(JSON.stringify(subjects[this.#kind].known));
    const rotation = { credentials, allowAccountChange: true, allowEnvironmentMismatch: true };
    switch (taken.does) {
      case 'edit': {
        const edit = { ...taken.change, ...rotation, credentials: taken.reenters ? credentials : undefined };
        await handlers.edit.execute(new EditConnection(editor(), this.#id, v7(), edit));
        const { state } = await connections.load(this.#id);
        this.moved ||= 'credential' in state && state.credential?.boundTo !== `${subjects[this.#kind].origin}:443`;
        return;
      }
      case 'rotate':
        return handlers.rotate.execute(new RotateCredentials(editor(), this.#id, v7(), rotation));
      case 'try':
        return handlers.try.execute(new TryCredentials(editor(), this.#id, rotation));
      case 'roll back':
        return handlers.rollBack.execute(new RollBackCredentials(editor(), this.#id, v7(), true));
      case 'verify':
        return handlers.verify.execute(new VerifyConnection(editor(), this.#id));
      case 'disable':
        return handlers.disable.execute(new DisableConnection(editor(), this.#id, undefined));
      case 'enable':
        return handlers.enable.execute(new EnableConnection(editor(), this.#id));
    }
  }

  answer({ url, headers, query, body }: OutboundRequest): Promise<Answer> {
    const { origin } = new URL(url);
    const texts = [url, ...Object.values(headers), ...Object.values(query ?? {}), body ?? ''];
    const decoded = texts.map((text) => Buffer.from(text.slice(text.lastIndexOf(' ') + 1), 'base64').toString('latin1'));
    const carries = [...texts, ...decoded].some((text) => text.includes('ealed-by-the-victim') || text.includes('sealed_by_the_victim'));
    const isHome = origin === subjects[this.#kind].origin;
    if (carries && !isHome) this.leaked.push(url);
    if (carries && isHome) this.home++;
    if (!isHome) this.away++;
    if (this.#mood === 'down') return Promise.reject(new OutboundFailed('connection_refused'));
    const accepted = { id: 'acct_1', data: { shop: { id: '1' } } };
    return Promise.resolve({
      status: this.#mood === 'accept' ? 200 : 401,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(this.#mood === 'accept' ? accepted : {})),
      latencyMs: 1,
    });
  }
}

const nothing = (): Promise<void> => Promise.resolve();
const store = new InMemoryEventStore();
const connections = new ConnectionStreams({ store, heads: { mark: nothing, settle: nothing, unmark: nothing } });
const handlers = handlersOn(vaultInMemory());

function handlersOn(vault: ConstructorParameters<typeof CredentialKeeper>[0]) {
  const clock = new Clock(() => new Date());
  const reserve = (name: string): Promise<object> => Promise.resolve({ name });
  const names = { reserve, withdraw: nothing } as unknown as NameReservations; // names keep no secret
  const keeper = new CredentialKeeper(vault);
  const http: Pick<GuardedHttp, 'request'> = { request: (asked) => network(asked) };
  const verifier = new Verifier({ http: http as unknown as GuardedHttp, vault });
  const accounts = new AccountKeeper({ keep: () => Promise.resolve(null), takeBack: nothing }, { allowAccountChange: nothing }, clock);
  const answers = { of: () => Promise.resolve({}) } as unknown as ConnectionAnswers; // nobody looks at them here
  const candidates = new Candidates(keeper, verifier, answers, clock);
  return {
    create: new CreateConnectionHandler(connections, names, keeper, verifier, accounts, answers, clock),
    edit: new EditConnectionHandler(connections, names, keeper, verifier, candidates, accounts, clock),
    rotate: new RotateCredentialsHandler(connections, keeper, candidates, accounts, clock),
    try: new TryCredentialsHandler(connections, keeper, candidates, clock),
    rollBack: new RollBackCredentialsHandler(connections, keeper, candidates, accounts, clock),
    verify: new VerifyConnectionHandler(connections, verifier, accounts, answers),
    disable: new DisableConnectionHandler(connections, keeper, answers),
    enable: new EnableConnectionHandler(connections, answers),
  };
}

function vaultInMemory() {
  const secrets = new Map<string, { readonly address: SecretAddress; readonly value: string }>();
  return {
    seal: (address: SecretAddress, secret: Secret) => {
      secrets.set(address.secretId, { address, value: secret.reveal() });
      return nothing();
    },
    // As the real one, which authenticates the whole address.
    open: (address: SecretAddress) => {
      const row = secrets.get(address.secretId);
      if (!row || row.address.boundTo !== address.boundTo) throw new Error('the secret does not open');
      return Promise.resolve(Secret.of(row.value));
    },
    shred: (secretId: string) => Promise.resolve(void secrets.delete(secretId)),
    shredAllOf: nothing, // nobody removes one here
    retire: nothing,
    fingerprint: () => Promise.resolve('f'),
  };
}

function editor(): Commander {
  return {
    workspaceId: 'acme',
    subject: 'eve',
    actor: { kind: 'user', id: 'eve' },
    reach: 'all',
    commandId: newCommandId(),
    correlationId: 'r',
    oversees: true,
  };
}
