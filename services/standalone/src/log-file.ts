import { openSync, renameSync, statSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

const keptBytes = 16 * 1024 * 1024;

/** The log of everything in the process, `<folder>/log/patchbay.log`; a start that finds it large keeps it beside as `.old`. */
export class LogFile {
  #file: number | undefined;

  async open(folder: string): Promise<string> {
    const path = join(folder, 'log', 'patchbay.log');
    await mkdir(join(folder, 'log'), { recursive: true, mode: 0o700 });
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > keptBytes) renameSync(path, `${path}.old`);
    this.#file = openSync(path, 'a', 0o600);
    return path;
  }

  /** Written at once, so that the last line before a crash is there. What comes before `open` is dropped. */
  write(line: string): void {
    if (this.#file !== undefined) writeSync(this.#file, line);
  }
}
