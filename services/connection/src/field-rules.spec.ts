import type { Field } from '#connectors';
import fc from 'fast-check';
import { checkPart } from './field-rules';

/** What makes a field a map. */
const entries = { keys: { pattern: '^[a-z]+$', maxLength: 10 }, maxEntries: 3 };

describe('the rules of fields', () => {
  it('take what fits, leave out what was left out, and put in defaults', () => {
    const fields = [field({ name: 'host', required: true }), field({ name: 'path' }), field({ name: 'in', default: 'header' })];
    expect(checkPart('settings', { host: 'a', path: '', in: null }, fields)).toEqual({ values: { host: 'a', in: 'header' }, problems: [] });
  });

  it.each<[string, Partial<Field>, unknown, string]>([
    ['is missing', { required: true }, '', 'required'],
    ['is no text', {}, 7, 'type'],
    ['is too long', { maxLength: 3 }, 'abcd', 'length'],
    ['is none of the choices', { type: 'choice', choices: ['a', 'b'] }, 'c', 'choice'],
    ['is not written as it should be', { pattern: '^[a-z]+$' }, 'A', 'pattern'],
    ['is a known mistake', { pattern: '^sk_', wrong: [{ pattern: '^pk_', message: 'Use the secret key.' }] }, 'pk_1', 'wrong'],
    ['is no object', { type: 'map', ...entries }, ['a'], 'type'],
    ['has too many entries', { type: 'map', ...entries, maxEntries: 1 }, { a: '1', b: '2' }, 'entries'],
    ['has an entry of another type', { type: 'map', ...entries }, { a: 1 }, 'type'],
    ['has an entry whose name does not fit', { type: 'map', ...entries }, { A: '1' }, 'pattern'],
  ])('say that a field %s', (_, changed, entered, reason) => {
    const { problems } = checkPart('settings', { host: entered }, [field({ name: 'host', ...changed })]);
    expect(problems).toMatchObject([{ reason, pointer: expect.stringMatching(/^\/settings\/host/) }]);
  });

  it('say of a known mistake what to do instead, rather than that it does not fit', () => {
    const wrong = [{ pattern: '^pk_', message: 'Use the secret key.' }];
    const { problems } = checkPart('settings', { host: 'pk_1' }, [field({ name: 'host', pattern: '^sk_', wrong })]);
    expect(problems).toEqual([{ pointer: '/settings/host', reason: 'wrong', message: 'Use the secret key.' }]);
  });

  it('tell where a field belongs that was entered in the wrong part, or for another way of authenticating', () => {
    const fields = [field({ name: 'apiKey', in: 'credentials', secret: true, label: 'API key' })];
    const others = [field({ name: 'password', in: 'credentials', secret: true, label: 'Password' })];
    const { problems } = checkPart('settings', { apiKey: 'x', password: 'y', speed: 'z' }, fields, others);
    expect(problems).toEqual([
      { pointer: '/settings/apiKey', reason: 'misplaced', message: '“API key” belongs under credentials.' },
      {
        pointer: '/settings/password',
        reason: 'unknown',
        message: '“Password” is for another way of authenticating and belongs under credentials.',
      },
      { pointer: '/settings/speed', reason: 'unknown', message: 'Nothing is entered under settings here.' },
    ]);
  });

  it('write pointers as RFC 6901 wants them', () => {
    const { problems } = checkPart('settings', { 'a/b~c': 'x' }, []);
    expect(problems[0]?.pointer).toBe('/settings/a~1b~0c');
  });

  it('never repeat a value, whatever is entered where', () => {
    const fields = [
      field({ name: 'host', pattern: '^[a-z]+$', maxLength: 5 }),
      field({
        name: 'key',
        in: 'credentials',
        secret: true,
        pattern: '^sk_',
        wrong: [{ pattern: '^pk_', message: 'Use the secret key.' }],
      }),
      field({ name: 'headers', type: 'map', ...entries }),
    ];
    const canary = fc.constantFrom('pk_CANARY', 'CANARY', 'CANARY'.repeat(20), { CANARY: 'CANARY' }, { a: 'CANARY\n' }, ['CANARY']);
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('host', 'key', 'headers', 'other'), canary),
        fc.constantFrom('settings', 'credentials'),
        (entered, part) => {
          const { problems } = checkPart(part, entered, fields);
          expect(JSON.stringify(problems.map(({ message, reason }) => [message, reason]))).not.toContain('CANARY');
        },
      ),
    );
  });
});

function field(changed: Partial<Field> & { readonly name: string }): Field {
  return {
    in: 'settings',
    label: changed.name,
    secret: false,
    required: false,
    type: 'string',
    maxLength: 100,
    help: 'Enter it.',
    example: 'abc',
    ...changed,
  };
}
