import { TestEnvironment } from 'jest-environment-node';
import { leaksIn } from './leaks-in';
import { Overheard } from './overheard';

/**
 * What every spec file runs in: it overhears what the file and the processes it starts print, and fails the file when a canary is in it.
 * After the last hook, so that nothing is printed later.
 */
export default class OverhearingEnvironment extends TestEnvironment {
  readonly #overheard = new Overheard();
  readonly #path: string;

  constructor(...given: ConstructorParameters<typeof TestEnvironment>) {
    super(...given);
    this.#path = given[1].testPath;
  }

  override async setup(): Promise<void> {
    await super.setup();
    this.#overheard.start();
  }

  override async teardown(): Promise<void> {
    this.#overheard.stop();
    const leaks = [...leaksIn('output', this.#overheard.take()), ...leaksIn('console', this.#consoled())];
    await super.teardown();
    if (leaks.length > 0) throw new Error(`A secret was printed by ${this.#path} or by what it started:\n${leaks.join('\n')}`);
  }

  /** What jest keeps to print it later. */
  #consoled(): string {
    const console = this.global.console as Console & { getBuffer?: () => readonly { readonly message: string }[] | undefined };
    return (console.getBuffer?.() ?? []).map(({ message }) => message).join('\n');
  }
}
