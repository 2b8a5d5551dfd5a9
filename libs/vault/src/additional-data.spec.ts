import fc from 'fast-check';
import { lengthPrefixed } from './additional-data';

describe('fields as bytes', () => {
  const field = fc.option(fc.string({ unit: 'binary', maxLength: 8 }));

  it('are the same bytes for the same fields only', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 6 }), fc.array(field, { maxLength: 6 }), (a, b) => {
        expect(lengthPrefixed(a).equals(lengthPrefixed(b))).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ['cut elsewhere', ['ab', 'c'], ['a', 'bc']],
    ['absent, not empty', [null], ['']],
    ['absent, not fewer', ['a', null], ['a']],
    ['in another order', ['a', 'b'], ['b', 'a']],
    ['with a length inside', ['a', 'b'], ['a\0\0\0\u0001b']],
  ])('differ for the same text %s', (_, a, b) => {
    expect(lengthPrefixed(a)).not.toEqual(lengthPrefixed(b));
  });

  it('are refused where UTF-8 would make two texts one', () => {
    expect(() => lengthPrefixed(['\ud800'])).toThrow(TypeError);
  });
});
