/** In what context an event happened, and when. */
export type Circumstances<Context> = Context & {
  /** ISO 8601, UTC, milliseconds. */
  readonly occurredAt: string;
};

/** What may happen in one kind of stream, as two pure functions over the state. */
export interface Decider<State, Command, Event, Context> {
  readonly initial: State;
  decide(command: Command, state: State, now: Date): readonly Event[];
  evolve(state: State, event: Event, circumstances: Circumstances<Context>): State;
}
