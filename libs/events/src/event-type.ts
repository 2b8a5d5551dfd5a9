import type { z } from 'zod';

type Payload = Readonly<Record<string, unknown>>;
interface Version {
  readonly schema: z.ZodType<Payload>;
  /** Lifts the payload of the version before this one. */
  readonly lift: (previous: Payload) => Payload;
}

/**
 * A kind of event and every shape it ever had. Versions are the order of `.then`; the stored name carries the version (`ConnectionCreated.v1`),
 * and `read` lifts an old payload, one version at a time, to the shape of today. A version that was once written is never edited.
 */
export class EventType<Name extends string, Data extends Payload> {
  private constructor(
    readonly name: Name,
    private readonly versions: readonly Version[],
  ) {}

  static named<Name extends string, Schema extends z.ZodType<Payload>>(name: Name, schema: Schema): EventType<Name, z.infer<Schema>> {
    return new EventType(name, [{ schema, lift: (payload) => payload }]);
  }

  /** Adds the next version: its schema, and how the version before it becomes one. */
  then<Schema extends z.ZodType<Payload>>(schema: Schema, lift: (previous: Data) => z.infer<Schema>): EventType<Name, z.infer<Schema>> {
    return new EventType(this.name, [...this.versions, { schema, lift: (previous) => lift(previous as Data) }]);
  }

  get version(): number {
    return this.versions.length;
  }

  get storedName(): string {
    return `${this.name}.v${this.version}`;
  }

  /** The payload as it is stored. Throws when it does not fit its own schema: a wrong event must not become history. */
  write(data: Data): Data {
    return this.versionOf(this.version).schema.parse(data) as Data;
  }

  /** A stored payload of any version in the shape of today. Members that a later release added are left out, not refused. */
  read(version: number, payload: unknown): Data {
    const stored = this.versionOf(version).schema.parse(payload);
    return this.versions.slice(version).reduce<Payload>((lifted, next) => next.schema.parse(next.lift(lifted)), stored) as Data;
  }

  private versionOf(version: number): Version {
    const found = this.versions[version - 1];
    if (!found) throw new RangeError(`${this.name} has no version ${version}; the newest this release knows is ${this.version}`);
    return found;
  }
}

/** An event as decisions and projections see it: the name without its version, and the data in the shape of today. */
export type EventOf<Type> = Type extends EventType<infer Name, infer Data> ? { readonly type: Name; readonly data: Data } : never;
