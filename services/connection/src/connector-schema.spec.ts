import { catalog, fieldsOf, type ConnectorDefinition, type Field } from '#connectors';
import { Refused } from '#domain';
import { Secret } from '#secret';
import Ajv from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { connectorSchema } from './connector-schema';
import { checkedConnection } from './entered-connection';
import { checkPart } from './field-rules';
import { partSchema } from './field-schema';
import type { JsonSchema } from './json-schema';

const now = new Date('2026-11-24T09:00:00.000Z');

describe('the schema of a connector', () => {
  it.each(catalog.map((definition) => [definition.key, definition] as const))(
    'takes what the rules of fields take, and nothing else: %s',
    (_, definition) => {
      const takes = validatorOf(connectorSchema(definition));
      fc.assert(
        fc.property(documentsFor(definition), (document) => {
          expect({ document, taken: takes(document) }).toEqual({ document, taken: isTaken(document) });
        }),
        { numRuns: 500 },
      );
    },
  );

  it.each(catalog.map((definition) => [definition.key, definition] as const))('takes the examples of every field: %s', (_, definition) => {
    const takes = validatorOf(connectorSchema(definition));
    for (const { authType } of definition.authMethods) expect(takes(exampleFor(definition, authType))).toBe(true);
  });

  it('takes what the rules of fields take, and nothing else, whatever the field', () => {
    fc.assert(
      fc.property(anyField, fc.array(anyEntry, { minLength: 12, maxLength: 12 }), (field, entries) => {
        const takes = validatorOf(partSchema('settings', [field]));
        const expected = entries.filter((entered) => checkPart('settings', entered, [field]).problems.length === 0);
        expect({ field, taken: entries.filter(takes) }).toEqual({ field, taken: expected });
      }),
      { numRuns: 500 },
    );
  });

  it('never refuses a service URL that the rules take', () => {
    const http = catalog.find(({ key }) => key === 'http')!;
    const takes = validatorOf(connectorSchema(http));
    const scheme = fc.constantFrom('https://', 'HTTP://', 'ftp://', 'https:/', '');
    const rest = fc.oneof(
      fc.webUrl({ withQueryParameters: true }).map((url) => url.replace(/^https?:\/\//, '')),
      fc.string({ unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(fc.tuple(scheme, rest), ([begins, ends]) => {
        const document = { ...exampleFor(http, 'none'), serviceUrl: begins + ends };
        expect(isTaken(document) && !takes(document)).toBe(false);
      }),
    );
    for (const wrong of [
      '',
      'ftp://a.example',
      'https://ada@a.example',
      'https://a.example/?key=1',
      'https://a.example/#b',
      `https://a.example/${'a'.repeat(2048)}`,
    ])
      expect(takes({ ...exampleFor(http, 'none'), serviceUrl: wrong })).toBe(false);
  });

  it('marks exactly what is secret as never shown again, and tells people what the fields tell them', () => {
    for (const definition of catalog) {
      for (const [index, { authType }] of definition.authMethods.entries()) {
        for (const field of fieldsOf(definition, authType) ?? []) {
          const method = connectorSchema(definition).oneOf?.[index]?.properties ?? {};
          const shown = ((method[field.in] as JsonSchema).properties as Record<string, JsonSchema>)[field.name];
          expect(shown).toMatchObject({ title: field.label, description: field.help, examples: [field.example] });
          expect([field.name, shown?.writeOnly ?? false, shown?.default]).toEqual([field.name, field.secret, field.default]);
        }
      }
    }
  });
});

const ajv = addFormats(new Ajv({ strictTypes: false, strictRequired: false }));
ajv.addFormat('iri', (text) => URL.canParse(text));

function validatorOf(schema: JsonSchema): (document: unknown) => boolean {
  const validate = ajv.compile(schema);
  return (document) => validate(document);
}

type Document = Readonly<Record<string, unknown>>;

/** Whether a connection of this would be made, as far as its own fields are concerned. */
function isTaken({ connector, authType, serviceUrl, settings, credentials }: Document): boolean {
  try {
    checkedConnection(
      {
        connector: connector as string,
        authType: (authType as string | null) ?? undefined,
        serviceUrl: (serviceUrl as string | null) ?? undefined,
        settings: (settings ?? {}) as Record<string, unknown>,
        credentials: Secret.of(JSON.stringify(credentials ?? {})),
        labels: {},
        allowEnvironmentMismatch: false,
      },
      now,
    );
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

function exampleFor(definition: ConnectorDefinition, authType: Parameters<typeof fieldsOf>[1]): Document {
  const fields = fieldsOf(definition, authType) ?? [];
  const part = (name: Field['in']) =>
    Object.fromEntries(fields.filter((field) => field.in === name).map((field) => [field.name, field.example]));
  return {
    connector: definition.key,
    authType,
    ...('entered' in definition.serviceUrl && { serviceUrl: definition.serviceUrl.example }),
    settings: part('settings'),
    credentials: part('credentials'),
  };
}

/** The example of some auth method, with a few things left out, emptied, mistaken or put where they do not belong. */
function documentsFor(definition: ConnectorDefinition): fc.Arbitrary<Document> {
  const authMethods = fc.constantFrom(...definition.authMethods.map(({ authType }) => authType));
  const names = [
    ...new Set(definition.authMethods.flatMap(({ authType }) => fieldsOf(definition, authType) ?? []).map(({ name }) => name)),
  ];
  const expiries = [
    '2027-01-31T00:00:00Z',
    '2027-01-31T01:00:00.5+01:00',
    '2027-02-29T00:00:00Z',
    '2027-01-31',
    '2027-01-31T00:00Z',
    '',
    7,
  ];
  const edits = fc.array(
    fc.oneof(
      fc.record({ part: fc.constantFrom('settings', 'credentials'), name: fc.constantFrom('other', ...names), value: anyValue }),
      fc.record({ part: fc.constant('credentials'), name: fc.constant('expiresAt'), value: fc.constantFrom(null, ...expiries) }),
      fc.record({ part: fc.constantFrom('authType', 'settings', 'credentials', 'serviceUrl'), value: fc.constant(null) }),
    ),
    { maxLength: 3 },
  );
  return fc.tuple(authMethods, edits).map(([authType, changes]) =>
    changes.reduce<Document>(
      (document, { part, value, ...at }) => {
        if (!('name' in at)) return { ...document, [part]: value };
        return { ...document, [part]: { ...(document[part] as object | null), [at.name]: value } };
      },
      exampleFor(definition, authType),
    ),
  );
}

const words = fc.oneof(
  fc.constantFrom(
    'pk_live_1',
    'sk_test_1',
    'Bearer x',
    'Bearer ',
    ' x',
    'x ',
    'ghp_1',
    'shpat_1',
    'acme',
    'Acme',
    '/whoami',
    '//',
    'header',
    'host',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.tuple(fc.constantFrom('a', '/', '𝒳'), fc.nat({ max: 9000 })).map(([character, times]) => character.repeat(times)),
);
const anyValue = fc.oneof(
  words,
  fc.dictionary(words, fc.oneof(words, fc.constant(7)), { maxKeys: 4 }),
  fc.constantFrom(null, ''),
  fc.constantFrom(7, true, ['x']),
);

const patterns = fc.constantFrom('^[a-z]+$', '^(?i:bearer) ', '^\\p{L}+$', 'x');
const anyField: fc.Arbitrary<Field> = fc
  .record(
    {
      required: fc.boolean(),
      type: fc.constantFrom('string' as const, 'string' as const, 'choice' as const, 'map' as const),
      maxLength: fc.integer({ min: 1, max: 8 }),
      pattern: patterns,
      wrong: fc.array(fc.record({ pattern: patterns, message: fc.constant('Enter another.') }), { maxLength: 2 }),
      default: fc.constant('x'),
    },
    { requiredKeys: ['required', 'type', 'maxLength'] },
  )
  .map((field): Field => ({
    name: 'one',
    in: 'settings',
    label: 'One',
    secret: false,
    help: 'Enter it.',
    example: 'x',
    ...field,
    ...(field.type === 'choice' && { choices: ['x', 'acme'] }),
    ...(field.type === 'map' && { keys: { pattern: '^[a-z]+$', maxLength: 2 }, maxEntries: 1 }),
  }));

/** Small enough that fields take a good part of it. */
const shortWords = fc.constantFrom('', 'x', 'acme', 'Bearer x', 'ab', 'A', 'ä', '𝒳𝒳𝒳𝒳', '7');
const shortValue = fc.oneof(
  { weight: 4, arbitrary: shortWords },
  { weight: 2, arbitrary: fc.dictionary(fc.constantFrom('x', 'ab', 'A', 'abc'), shortWords, { maxKeys: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom(null, 7, true, ['x'], { a: 7 }) },
);
const anyEntry: fc.Arbitrary<Document> = fc.record({ one: shortValue, two: shortValue }, { requiredKeys: [] }).map(({ one, two }) => ({
  ...(one !== undefined && { one }),
  ...(two === null && { two }),
}));
