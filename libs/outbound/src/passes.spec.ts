import { passes } from './passes';

const answer = { ok: true, scopes: ['read'], scope: 'read write', id: 'acct_1', none: null, items: [{ id: 7 }] };

describe('a body rule', () => {
  it.each([
    [
      { path: 'id', present: true },
      { path: 'none', present: true },
    ],
    [
      { path: 'errors', absent: true },
      { path: 'ok', absent: true },
    ],
    [
      { path: 'scopes', is: 'array' },
      { path: 'items.0', is: 'array' },
    ],
    [
      { path: '', is: 'object' },
      { path: 'none', is: 'object' },
    ],
    [
      { path: 'items.0.id', equals: 7 },
      { path: 'items.0.id', equals: '7' },
    ],
    [
      { path: 'id', startsWith: 'acct_' },
      { path: 'scopes', startsWith: 'r' },
    ],
    [
      { path: 'scope', contains: 'write' },
      { path: 'ok', contains: 'true' },
    ],
    [
      { path: 'scopes', contains: 'read' },
      { path: 'scopes', contains: 'rea' },
    ],
    [
      { path: 'constructor', absent: true },
      { path: 'constructor', present: true },
    ],
    [
      { path: 'scopes.map', absent: true },
      { path: 'id.0', present: true },
    ],
  ] as const)('%j holds and %j does not', (holding, failing) => {
    expect(passes(answer, { name: 'rule', ...holding })).toBe(true);
    expect(passes(answer, { name: 'rule', ...failing })).toBe(false);
  });

  it('that asks for nothing to be there still wants an answer', () => {
    expect(passes(undefined, { name: 'no_errors', path: 'errors', absent: true })).toBe(false);
  });
});
