/** What may happen in one kind of stream, as two pure functions over the state. */
export interface Decider<State, Command, Event> {
  readonly initial: State;
  decide(command: Command, state: State, now: Date): readonly Event[];
  evolve(state: State, event: Event): State;
}
