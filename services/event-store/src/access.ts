import { LRUCache } from 'lru-cache';
import { accessListOf, admins, judgedBy, rolesFor, type AccessList, type StreamAction } from './access-list';
import type { Caller } from './caller';
import type { Commits } from './commits';
import { metastreamOf } from './log-event';
import type { LogReader } from './log-reader';
import type { Users } from './users';

/** Who calls, and what they may do. */
export interface Access {
  /** `authorization`: the call's header. Null for credentials that are wrong. */
  callerOf(authorization: string | undefined): Promise<Caller | null>;
  permits(caller: Caller, action: StreamAction, stream: string): Promise<boolean>;
}

const somebody: Caller = { roles: [] };

/** Whoever reaches the server may do everything, as on an EventStoreDB that was started insecure. */
export const openAccess: Access = {
  callerOf: () => Promise.resolve(somebody),
  permits: () => Promise.resolve(true),
};

const rememberedLists = 10_000;
const lastRevision = 2n ** 63n - 1n;

/** Callers are those in the file of users; what they may do with a stream is in the stream's settings. */
export class AccessOfUsers implements Access {
  readonly #lists = new LRUCache<string, Promise<AccessList>>({ max: rememberedLists });

  constructor(
    private readonly users: Users,
    private readonly reader: LogReader,
    commits: Commits,
  ) {
    // A commit is announced before it is answered, so whoever was told that a list is in force finds it in force.
    commits.listen((streams) => this.#forget(streams));
  }

  callerOf(authorization: string | undefined): Promise<Caller | null> {
    return authorization === undefined ? Promise.resolve(somebody) : this.users.callerOf(authorization);
  }

  async permits({ roles }: Caller, action: StreamAction, stream: string): Promise<boolean> {
    if (roles.includes(admins)) return true;
    const admitted = rolesFor(action, stream, await this.#listOf(judgedBy(stream)));
    return admitted.some((role) => roles.includes(role));
  }

  #listOf(stream: string): Promise<AccessList> {
    const known = this.#lists.get(stream);
    if (known !== undefined) return known;
    const list = this.#read(stream);
    this.#lists.set(stream, list);
    list.catch(() => this.#lists.delete(stream));
    return list;
  }

  async #read(stream: string): Promise<AccessList> {
    const newest = { direction: 'backwards', from: lastRevision, to: 0n, since: null } as const;
    const { events } = await this.reader.page({ stream: metastreamOf(stream) }, newest, 1);
    return accessListOf(events[0]?.data ?? null);
  }

  #forget(streams: ReadonlySet<string> | null): void {
    if (streams === null) this.#lists.clear();
    else for (const stream of streams) if (stream !== judgedBy(stream)) this.#lists.delete(judgedBy(stream));
  }
}
