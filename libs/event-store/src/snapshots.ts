import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { EventStore, RecordedEvent } from './event-store';
import { rememberedCommands, type Folded } from './folded';

/** How a state is kept as JSON. */
export interface SnapshotCodec<State> {
  /** Stands for the shape of the state and for the rules that fold events into it: what was kept under another is never read. */
  readonly schema: string;
  /** The state again. Throws for what is none. */
  parse(stored: unknown): State;
}

export interface SnapshotsOptions<State> {
  readonly codec: SnapshotCodec<State>;
  /** A snapshot is taken when so many events came since the one before; 100 unless told. */
  readonly every?: number;
  /** Told what kept a snapshot from being taken or read. Nothing else comes of it: the events say all that a snapshot says. */
  readonly onProblem?: (error: unknown, stream: string) => void;
}

const snapshotType = 'SnapshotTaken.v1';

const revision = z.int().nonnegative();

const SnapshotTaken = z.strictObject({
  schema: z.string(),
  revision,
  state: z.unknown(),
  lastHash: z.string(),
  lastOccurredAt: z.iso.datetime(),
  recentCommands: z.array(z.tuple([z.string(), revision])).max(rememberedCommands),
});

/**
 * States kept beside their streams, so that a long one need not be folded from its beginning: `snapshot-<stream>` shows its newest event only.
 * Taking one delays and fails nobody, and one that cannot be understood is as good as none.
 */
export class Snapshots<State> {
  constructor(
    private readonly store: EventStore,
    private readonly options: SnapshotsOptions<State>,
  ) {}

  /** Not yet to be trusted: whoever goes on from it looks first whether the stream still has that event. Its position is not known. */
  async newest(stream: string): Promise<Folded<State> | undefined> {
    try {
      const event = await this.#newestEvent(stream);
      return event && this.#read(event);
    } catch (error) {
      this.options.onProblem?.(error, stream);
      return undefined;
    }
  }

  isDue({ revision, keptAt }: Folded<State>): boolean {
    return revision - keptAt >= (this.options.every ?? 100);
  }

  /** Takes one when those who wait for the command have their answer. */
  takeLater(stream: string, folded: Folded<State>): void {
    setImmediate(() => {
      this.#take(stream, folded).catch((error: unknown) => this.options.onProblem?.(error, stream));
    });
  }

  async #take(stream: string, { state, revision, hash, occurredAt, commands }: Folded<State>): Promise<void> {
    const data: z.infer<typeof SnapshotTaken> = {
      schema: this.options.codec.schema,
      revision,
      state,
      lastHash: hash,
      lastOccurredAt: new Date(occurredAt).toISOString(),
      recentCommands: [...commands],
    };
    // Before the first event, so that a crash in between leaves a stream that is still to begin.
    if (!(await this.#newestEvent(stream))) await this.store.setStreamMetadata(nameOf(stream), { maxCount: 1 });
    await this.store.append(nameOf(stream), [{ id: randomUUID(), type: snapshotType, data, metadata: {} }], 'any');
  }

  async #newestEvent(stream: string): Promise<RecordedEvent | undefined> {
    for await (const event of this.store.readStream(nameOf(stream), { direction: 'backwards', maxCount: 1 })) return event;
    return undefined;
  }

  #read({ type, data }: RecordedEvent): Folded<State> | undefined {
    const { codec } = this.options;
    if (type !== snapshotType || !z.looseObject({ schema: z.literal(codec.schema) }).safeParse(data).success) return undefined;
    const { revision, state, lastHash, lastOccurredAt, recentCommands } = SnapshotTaken.parse(data);
    return {
      state: codec.parse(state),
      revision,
      position: 0n,
      hash: lastHash,
      occurredAt: Date.parse(lastOccurredAt),
      commands: new Map(recentCommands),
      keptAt: revision,
    };
  }
}

function nameOf(stream: string): string {
  return `snapshot-${stream}`;
}
