import fc from 'fast-check';
import { firstTryAt, nextTryAt } from './next-try';

const now = new Date('2026-11-24T09:00:00.000Z');
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const wait = (at: Date): number => at.getTime() - now.getTime();

describe('when open work is tried', () => {
  it('first: not at once, as whoever left it may still be at it, and within 20 s', () => {
    fc.assert(
      fc.property(chance, (random) => {
        const ms = wait(firstTryAt(now, () => random));
        return ms >= 10_000 && ms <= 20_000;
      }),
    );
  });

  it('again: anywhere in a span that doubles from 30 s to 15 min and stays there', () => {
    const spans = [30, 60, 120, 240, 480, 900, 900];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), chance, (attempts, random) => {
        const span = (spans[attempts - 1] ?? 900) * 1_000;
        expect(Math.abs(wait(nextTryAt(now, attempts, () => random)) - random * span)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
