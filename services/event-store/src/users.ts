import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { everybody } from './access-list';
import type { Caller } from './caller';
import { costOf, dearly, hashPassword, passwordMatches } from './password-hash';
import type { UsersFile } from './users-file';

const rememberedLogins = 1_000;
const basic = /^Basic ([A-Za-z0-9+/]+={0,2})$/i;

/**
 * The users of the file, found by their Basic credentials. Comparing a password is made dear, and every call brings one, so those that were
 * right are remembered, by a keyed hash; and one comparison runs at a time, so that guessing takes neither cores nor memory from others.
 */
export class Users {
  readonly #right = new LRUCache<string, Promise<Caller | null>>({ max: rememberedLogins });
  readonly #key = randomBytes(32);
  /** What the password of a name that nobody has is compared with, so that the time does not tell which names there are. */
  readonly #nobodys: Promise<string>;
  #comparing: Promise<unknown> = Promise.resolve();

  constructor(private readonly users: UsersFile['users']) {
    const [somebody] = Object.values(users);
    this.#nobodys = hashPassword(randomBytes(32).toString('hex'), somebody === undefined ? dearly : costOf(somebody.password));
  }

  /** Null for credentials that are wrong, or are no Basic credentials. */
  callerOf(authorization: string): Promise<Caller | null> {
    const login = createHmac('sha256', this.#key).update(authorization).digest('base64');
    const known = this.#right.get(login);
    if (known !== undefined) return known;
    const asked = this.#compared(authorization);
    this.#right.set(login, asked);
    asked.then(
      (caller) => caller === null && this.#right.delete(login),
      () => this.#right.delete(login),
    );
    return asked;
  }

  #compared(authorization: string): Promise<Caller | null> {
    const compared = this.#comparing.then(() => this.#compare(authorization));
    this.#comparing = compared.catch(() => undefined);
    return compared;
  }

  async #compare(authorization: string): Promise<Caller | null> {
    const [name, password] = credentialsOf(authorization);
    const user = Object.hasOwn(this.users, name) ? this.users[name] : undefined;
    const matches = await passwordMatches(password, user?.password ?? (await this.#nobodys));
    return matches && user !== undefined ? { roles: [name, ...user.groups, everybody] } : null;
  }
}

const credentialsOf = (authorization: string): readonly [name: string, password: string] => {
  const text = Buffer.from(basic.exec(authorization)?.[1] ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? ['', ''] : [text.slice(0, colon), text.slice(colon + 1)];
};
