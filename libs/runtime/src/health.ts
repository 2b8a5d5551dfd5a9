/** Answers when the thing is usable, with a word about it if there is one to say; throws when it is not. */
export type Probe = () => Promise<string | undefined>;

/** Thrown by a probe that has a word for what is wrong. It is shown to anybody, so it holds nothing that strangers may not read. */
export class NotUsable extends Error {
  override readonly name = 'NotUsable';
  constructor(readonly detail: string) {
    super(detail);
  }
}

export interface ProbeResult {
  name: string;
  up: boolean;
  detail?: string;
}

/** What `/healthz` says: the process turns. */
export const alive = { status: 'up' } as const;

export interface Readiness {
  /** The HTTP status: 503 while something is missing. */
  readonly code: 200 | 503;
  readonly body: { readonly status: 'ready' | 'not_ready'; readonly checks: readonly ProbeResult[] };
}

const patienceMs = 2_000;
const freshMs = 1_000;

/** What a process needs to do its work, asked when somebody asks for readiness. */
export class Health {
  readonly #probes = new Map<string, Probe>();
  #latest: { at: number; results: Promise<readonly ProbeResult[]> } | undefined;

  register(name: string, probe: Probe): void {
    this.#probes.set(name, probe);
  }

  /**
   * Asks every probe, each for two seconds at most. Anybody may ask, without a token, so the probes run at most once a second however
   * often they do, and a failure that is not `NotUsable` shows as a code or a name: a driver's message may hold an address.
   */
  ready(): Promise<readonly ProbeResult[]> {
    const now = performance.now();
    if (this.#latest === undefined || now - this.#latest.at >= freshMs) {
      this.#latest = { at: now, results: Promise.all([...this.#probes].map(([name, probe]) => ask(name, probe))) };
    }
    return this.#latest.results;
  }

  /** What `/readyz` says: whether the process can do its work, and what is missing where it cannot. */
  async readiness(): Promise<Readiness> {
    const checks = await this.ready();
    return checks.every(({ up }) => up)
      ? { code: 200, body: { status: 'ready', checks } }
      : { code: 503, body: { status: 'not_ready', checks } };
  }
}

async function ask(name: string, probe: Probe): Promise<ProbeResult> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('no answer in time'), { code: 'no_answer_in_time' })), patienceMs);
  });
  try {
    const detail = await Promise.race([probe(), tooLate]);
    return { name, up: true, ...(detail === undefined ? {} : { detail }) };
  } catch (error) {
    return { name, up: false, detail: codeOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): string {
  if (error instanceof NotUsable) return error.detail;
  if (typeof error !== 'object' || error === null) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'name' in error && typeof error.name === 'string' ? error.name : 'unknown';
}
