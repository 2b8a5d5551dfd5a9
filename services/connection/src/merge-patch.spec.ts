import { mergePatch, type JsonObject } from './merge-patch';

describe('a merge patch', () => {
  // RFC 7396, appendix A, as far as it merges objects
  it.each<[JsonObject, JsonObject, JsonObject]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ a: 'b' }, { a: { c: 'd' } }, { a: { c: 'd' } }],
  ])('makes of %j with %j: %j', (target, patch, merged) => {
    expect(mergePatch(target, patch)).toEqual(merged);
  });

  it('takes everything away with null, and changes neither of the two', () => {
    const target = Object.freeze({ a: Object.freeze({ b: 'c' }) });
    expect(mergePatch(target, null)).toEqual({});
    expect(mergePatch(target, Object.freeze({ a: { d: 'e' } }))).toEqual({ a: { b: 'c', d: 'e' } });
  });

  it('reaches no prototype', () => {
    const patch = JSON.parse('{"__proto__":{"polluted":true}}') as JsonObject;
    expect(Object.keys(mergePatch({}, patch))).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
