/**
 * What may happen, as two pure functions. `decide` answers the events a command leads to, or throws `Refused`; `evolve` folds one event into the state
 * and never throws on a history that `decide` could have made. Clock and ids are inputs: a decision replayed is the same decision.
 */
export interface Decider<State, Command, Event> {
  readonly initial: State;
  readonly decide: (command: Command, state: State, now: Date) => readonly Event[];
  readonly evolve: (state: State, event: Event) => State;
}
