import { catalog, connectorOf } from './catalog';
import { categories } from './categories';
import { ConnectorDefinition } from './definition';
import { digestOf } from './digest-of';
import type { Field } from './field';
import { fieldsOf } from './fields-of';
import { publicDefinition } from './public-definition';

const placeholdersIn = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
const fits = (pattern: string | undefined, value: string): boolean => pattern === undefined || new RegExp(pattern, 'u').test(value);
const examplesOf = ({ example }: Pick<Field, 'example'>): string[] => (typeof example === 'string' ? [example] : Object.values(example));

describe('the catalog', () => {
  it('has each key once', () => {
    expect(new Set(catalog.map(({ key }) => key)).size).toBe(catalog.length);
  });

  it.each(['http', 'date', 'json', 'regex', 'stripe', 'github', 'shopify'])('offers %s', (key) => {
    expect(connectorOf(key)?.status).toBe('available');
  });

  it('knows nothing of a key it does not have', () => {
    expect(connectorOf('constructor')).toBeUndefined();
  });
});

describe.each(catalog.map((definition) => [definition.key, definition] as const))('the connector %s', (_, definition) => {
  const { serviceUrl, authMethods, verification } = definition;
  const fields = authMethods.flatMap(({ authType }) => fieldsOf(definition, authType) ?? []);

  it('keeps to the schema of a definition', () => {
    expect(ConnectorDefinition.safeParse(definition).error).toBeUndefined();
  });

  it('sits in categories that exist', () => {
    const known: readonly string[] = categories.map(({ key }) => key);
    expect(definition.categories.filter((key) => !known.includes(key))).toEqual([]);
  });

  it('offers each way of authenticating once, and recommends one', () => {
    expect(new Set(authMethods.map(({ authType }) => authType)).size).toBe(authMethods.length);
    expect(authMethods.filter(({ recommended }) => recommended)).toHaveLength(1);
  });

  it.each(authMethods.map(({ authType }) => [authType]))('names each field of %s once', (authType) => {
    const names = fieldsOf(definition, authType)!.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('keeps what is secret in credentials and all else in settings', () => {
    expect(fields.filter(({ secret, in: part }) => secret !== (part === 'credentials'))).toEqual([]);
  });

  it('gives examples and defaults that its own rules accept', () => {
    for (const field of fields) {
      for (const value of [...examplesOf(field), ...(field.default === undefined ? [] : [field.default])]) {
        expect([field.name, value, fits(field.pattern, value), value.length <= field.maxLength]).toEqual([field.name, value, true, true]);
        if (field.choices) expect(field.choices).toContain(value);
        for (const { pattern } of field.wrong ?? []) expect(value).not.toMatch(new RegExp(pattern, 'u'));
      }
    }
  });

  it('shows of a secret only beginnings that its own rules accept', () => {
    for (const { secret, prefixes = [], pattern, wrong = [], example } of fields) {
      expect([secret, prefixes]).toEqual([secret, secret ? prefixes : []]);
      if (prefixes.length > 0) expect(prefixes.some((prefix) => examplesOf({ example }).some((one) => one.startsWith(prefix)))).toBe(true);
      for (const value of prefixes.map((prefix) => `${prefix}1a`)) {
        expect([value, fits(pattern, value), wrong.filter((known) => fits(known.pattern, value))]).toEqual([value, true, []]);
      }
    }
  });

  it('tells environments from what is entered and may be seen', () => {
    for (const { settings: patterns = {}, prefixes = {} } of definition.environments) {
      for (const name of Object.keys(patterns)) expect(fields.find((field) => field.name === name)?.in).toBe('settings');
      for (const [name, beginnings] of Object.entries(prefixes)) {
        expect(fields.find((field) => field.name === name)?.prefixes).toEqual(expect.arrayContaining(beginnings));
      }
    }
  });

  it('has a service exactly when it needs a connection', () => {
    expect('none' in serviceUrl).toBe(definition.connection === 'not_needed');
    expect(verification === null).toBe(definition.connection === 'not_needed');
  });

  it('says what its verification shows', () => {
    const method = verification?.checks[0]?.method;
    expect(definition.verifies).toContain(method ?? 'Nothing to verify');
  });

  it('fills only what somebody can enter into its templates, and no secret into an address or a check', () => {
    const settings = definition.settings.concat(authMethods.flatMap((method) => method.fields)).filter((field) => field.in === 'settings');
    const open = new Set(settings.map(({ name }) => name));
    const addresses = 'fixed' in serviceUrl ? [serviceUrl.fixed] : [];
    const checks = (verification?.checks ?? []).flatMap(({ path, headers, query }) => [
      ...(typeof path === 'string' ? [path] : []),
      ...Object.values(headers ?? {}),
      ...Object.values(query ?? {}),
    ]);
    expect([...addresses, ...checks].flatMap(placeholdersIn).filter((name) => !open.has(name))).toEqual([]);

    const named = (verification?.checks ?? []).flatMap(({ when, path, headersFrom, account }) => [
      ...Object.keys(when ?? {}).filter((name) => name !== 'authType'),
      ...[path, account?.id, account?.label].flatMap((source) => (typeof source === 'object' ? [source.setting] : [])),
      ...(headersFrom === undefined ? [] : [headersFrom]),
    ]);
    expect(named.filter((name) => !open.has(name))).toEqual([]);

    for (const { authType, placements } of authMethods) {
      const enterable = new Set(fieldsOf(definition, authType)!.map(({ name }) => name));
      const { placeholders, conditions } = {
        placeholders: placeholdersIn(JSON.stringify(placements.map(({ when: _when, ...placement }) => placement))),
        conditions: placements.flatMap(({ when }) => Object.keys(when ?? {})),
      };
      expect([...placeholders, ...conditions].filter((name) => !enterable.has(name))).toEqual([]);
    }
  });

  it('has a last resort among its placements and checks', () => {
    for (const { placements } of authMethods) expect(placements.at(-1)).not.toHaveProperty('when');
    if (verification) expect(verification.checks.at(-1)).not.toHaveProperty('when');
  });

  it('shows in public neither how a credential travels nor how it is checked', () => {
    const shown = publicDefinition(definition);
    expect(JSON.stringify(shown)).not.toMatch(/"placements"|"verification"/);
    expect(shown).toMatchObject({ key: definition.key, version: definition.version, verifies: definition.verifies });
    expect(shown['categories']).toEqual(expect.arrayContaining([{ key: definition.categories[0], label: expect.any(String) }]));
  });
});

describe('the digest of a definition', () => {
  const http = connectorOf('http')!;

  it('does not depend on the order of members', () => {
    const reversed = Object.fromEntries(Object.entries(http).reverse()) as ConnectorDefinition;
    expect(digestOf(reversed)).toBe(digestOf(http));
    expect(digestOf(http)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('changes with what is not shown, too', () => {
    expect(digestOf({ ...http, verification: null })).not.toBe(digestOf(http));
  });
});

describe('the generic HTTP connector', () => {
  const fieldOf = (name: string): Field => fieldsOf(connectorOf('http')!, 'api_key')!.find((field) => field.name === name)!;
  const wrongFor = ({ wrong }: { wrong?: Field['wrong'] }, value: string) =>
    (wrong ?? []).find(({ pattern }) => new RegExp(pattern, 'u').test(value));

  it.each(['Host', 'content-length', 'Transfer-Encoding', 'AUTHORIZATION', 'cookie'])('does not let %s be an extra header', (name) => {
    expect(wrongFor(fieldOf('extraHeaders').keys!, name)).toBeDefined();
  });

  it.each(['host', 'Connection', 'TE'])('does not let the key travel as %s', (name) => {
    expect(wrongFor(fieldOf('apiKeyName'), name)).toBeDefined();
  });

  it.each([
    ['//elsewhere.example.com/whoami', 'another host'],
    ['whoami', 'no leading slash'],
    ['/who am i', 'spaces'],
    ['https://elsewhere.example.com/', 'a whole address'],
  ])('does not take the verification path %s (%s)', (path) => {
    expect(fits(fieldOf('verificationPath').pattern, path)).toBe(false);
  });

  it('finds out that a key was copied with its line end or with its prefix', () => {
    expect(wrongFor(fieldOf('apiKey'), 'k_3f9a0c\n')?.message).toContain('line end');
    expect(wrongFor(fieldOf('apiKey'), 'Bearer k_3f9a0c')?.message).toContain('prefix');
  });
});
