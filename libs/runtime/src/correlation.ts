import { AsyncLocalStorage } from 'node:async_hooks';
import { v7 as uuidv7 } from 'uuid';

const current = new AsyncLocalStorage<string>();

/** Runs `work`, and everything it awaits, under one id: log lines carry it, and commands put it into their events' metadata. */
export function withCorrelation<Result>(id: string, work: () => Result): Result {
  return current.run(id, work);
}

/** The id of the work this call belongs to; undefined outside `withCorrelation`. */
export function correlationId(): string | undefined {
  return current.getStore();
}

export function newCorrelationId(): string {
  return uuidv7();
}

const acceptable = /^[\x21-\x7e]{1,128}$/;

/** Takes over an id that a caller brought. Bounded and visible ASCII only, as it is copied into logs, headers and events; else a new one. */
export function correlationIdFrom(given: unknown): string {
  return typeof given === 'string' && acceptable.test(given) ? given : newCorrelationId();
}
