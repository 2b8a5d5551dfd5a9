import childProcess, { ChildProcess, type SpawnSyncReturns } from 'node:child_process';
import fs from 'node:fs';
import type { Readable } from 'node:stream';

type Call = (this: unknown, ...args: unknown[]) => unknown;

/** Standard output and error: loggers write there past the streams. */
const standardDescriptors: readonly unknown[] = [1, 2];

/** Everything that this process prints, and that it reads from the processes it starts, from `start` to `stop`. */
export class Overheard {
  #heard: Buffer[] = [];
  readonly #undo: (() => void)[] = [];

  start(): void {
    for (const stream of [process.stdout, process.stderr]) this.#around(stream, 'write', (_, [chunk]) => this.#hear(chunk));
    for (const write of ['write', 'writeSync']) {
      this.#around(fs, write, (_, [descriptor, content]) => {
        if (standardDescriptors.includes(descriptor)) this.#hear(content);
      });
    }
    this.#around(ChildProcess.prototype, 'spawn', (child) => {
      const { stdout, stderr } = child as ChildProcess;
      for (const stream of [stdout, stderr]) if (stream) this.#overhear(stream);
    });
    this.#around(childProcess, 'spawnSync', (_, __, ended) => {
      const { stdout, stderr } = ended as SpawnSyncReturns<unknown>;
      for (const printed of [stdout, stderr]) this.#hear(printed);
    });
  }

  stop(): void {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) undo();
  }

  /** What was heard, once. */
  take(): Buffer {
    const heard = Buffer.concat(this.#heard);
    this.#heard = [];
    return heard;
  }

  #hear(chunk: unknown): void {
    if (typeof chunk === 'string') this.#heard.push(Buffer.from(chunk));
    else if (ArrayBuffer.isView(chunk)) this.#heard.push(Buffer.from(chunk as Uint8Array));
  }

  /** At the mouth of the stream: a listener would make it flow before its reader is there. */
  #overhear(stream: Readable): void {
    this.#around(stream, 'push', (_, [chunk]) => this.#hear(chunk));
  }

  /** Goes on calling the member, and tells `listen` of each call: on what, with what, and how it ended. */
  #around(owner: object, member: string, listen: (on: unknown, args: unknown[], ended: unknown) => void): void {
    const members = owner as Record<string, Call>;
    const original = members[member] as Call;
    members[member] = function (...args) {
      const ended = original.apply(this, args);
      listen(this, args, ended);
      return ended;
    };
    this.#undo.push(() => (members[member] = original));
  }
}
