import type { KeyRotation } from '#vault';
import { bar } from './bar';
import { lasting } from './lasting';

/** A page of rows takes a process that works on it a fraction of this. */
const silentMs = 20_000;

/** Tells, in one line each time, how far a rotation is: `[####··] 43.1 %, 43,100 of 100,000 secrets, 8,200/s, 7 s left`. */
export class ToldRotation {
  #first: { readonly at: number; readonly done: number } | null = null;
  #last: { readonly at: number; readonly done: number };

  constructor(private readonly now: () => number = () => performance.now()) {
    this.#last = { at: now(), done: 0 };
  }

  line({ level, total, done }: KeyRotation): string {
    const at = this.now();
    if (done !== this.#last.done) this.#last = { at, done };
    const silent = at - this.#last.at > silentMs;
    if (total === null) return silent ? 'waits: does a process of the connection service run, with the root key?' : 'is asked for';
    this.#first ??= { at, done };
    const rate = (1_000 * (done - this.#first.done)) / (at - this.#first.at);
    const [part, of] = [total === 0 ? 1 : Math.min(done / total, 1), level === 'root' ? 'keys' : 'secrets'];
    return [
      bar(part),
      `${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${of}`,
      ...(silent ? ['nobody works on it: does a process of the connection service run, with the root key?'] : []),
      ...(!silent && rate > 0
        ? [`${Math.round(rate).toLocaleString('en')}/s`, `${lasting(Math.ceil(Math.max(total - done, 0) / rate))} left`]
        : []),
    ].join(', ');
  }
}
