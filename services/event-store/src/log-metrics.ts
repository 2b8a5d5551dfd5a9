import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { WriteOutcome } from './write';

type CallKind = 'read' | 'subscription' | 'batch-append';

/** What is asked of the one who writes the log, each time somebody looks at the metrics. */
interface Writer {
  readonly isWritable: boolean;
  /** Null while the log cannot be written. */
  readonly lastPosition: bigint | null;
  /** How long the oldest write that is not answered has been waiting. */
  readonly lagSeconds: number;
}

interface Cleaner {
  /** Events that were deleted since it was started. */
  readonly deleted: number;
}

/** What the log does, in numbers. */
export class LogMetrics {
  readonly #writes: Counter<'outcome'>;
  readonly #commitWrites: Histogram;
  readonly #commitSeconds: Histogram;
  readonly #calls: Counter<'kind'>;
  readonly #openCalls: Gauge<'kind'>;
  readonly #eventsRead: Counter;

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.#writes = new Counter({
      name: 'patchbay_log_writes_total',
      help: 'Appends and deletions of streams that were answered, by what became of them.',
      labelNames: ['outcome'],
      registers,
    });
    this.#commitWrites = new Histogram({
      name: 'patchbay_log_commit_writes',
      help: 'How many appends and deletions shared a commit.',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
      registers,
    });
    this.#commitSeconds = new Histogram({
      name: 'patchbay_log_commit_duration_seconds',
      help: 'How long a commit took, from deciding its writes until they were durable.',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 10],
      registers,
    });
    this.#calls = new Counter({ name: 'patchbay_log_calls_total', help: 'Calls that were begun.', labelNames: ['kind'], registers });
    this.#openCalls = new Gauge({ name: 'patchbay_log_open_calls', help: 'Calls that are under way.', labelNames: ['kind'], registers });
    this.#eventsRead = new Counter({
      name: 'patchbay_log_events_read_total',
      help: 'Events that were read from the database for readers and subscribers, filtered out or not.',
      registers,
    });
  }

  answered(outcome: WriteOutcome['kind'] | 'unknown'): void {
    this.#writes.inc({ outcome });
  }

  committed(writes: number, seconds: number): void {
    this.#commitWrites.observe(writes);
    this.#commitSeconds.observe(seconds);
  }

  read(events: number): void {
    this.#eventsRead.inc(events);
  }

  /** Counts a call for as long as it is served. */
  async during<Result>(kind: CallKind, serving: Promise<Result>): Promise<Result> {
    this.#calls.inc({ kind });
    this.#openCalls.inc({ kind });
    try {
      return await serving;
    } finally {
      this.#openCalls.dec({ kind });
    }
  }

  watch(writer: Writer, cleaner: Cleaner): void {
    const registers = [this.registry];
    new Counter({
      name: 'patchbay_log_events_deleted_total',
      help: 'Events that no reader was shown any more and that were deleted in the background.',
      registers,
      collect() {
        this.reset();
        this.inc(cleaner.deleted);
      },
    });
    new Gauge({
      name: 'patchbay_log_writable',
      help: '1 while the log can be written, else 0.',
      registers,
      collect() {
        this.set(writer.isWritable ? 1 : 0);
      },
    });
    new Gauge({
      name: 'patchbay_log_position',
      help: 'The position of the last event; as it last was while the log cannot be written.',
      registers,
      collect() {
        if (writer.lastPosition !== null) this.set(Number(writer.lastPosition));
      },
    });
    new Gauge({
      name: 'patchbay_log_writer_lag_seconds',
      help: 'How long the oldest write that is not answered has been waiting.',
      registers,
      collect() {
        this.set(writer.lagSeconds);
      },
    });
  }
}
