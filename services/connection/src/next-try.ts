const firstMs = 20_000;
const baseMs = 30_000;
const capMs = 15 * 60_000;

/** When work that was just left open is tried: within 20 s, and not while whoever left it may still be at it. */
export function firstTryAt(now: Date, random: () => number = Math.random): Date {
  return new Date(now.getTime() + firstMs * (0.5 + random() / 2));
}

/** Back-off with full jitter after so many attempts that led nowhere, one at least. */
export function nextTryAt(now: Date, attempts: number, random: () => number = Math.random): Date {
  return new Date(now.getTime() + random() * Math.min(capMs, baseMs * 2 ** (attempts - 1)));
}
