import { setTimeout as pause } from 'node:timers/promises';

const baseMs = 50;

/** Waits before another attempt: somewhere between nothing and the bound, which doubles with each attempt (from 1) up to `atMostMs`. Rejects when the signal aborts. */
export async function backOff(attempt: number, atMostMs: number, signal: AbortSignal): Promise<void> {
  await pause(Math.random() * Math.min(atMostMs, baseMs * 2 ** attempt), undefined, { signal });
}
