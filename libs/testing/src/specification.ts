import { Refused, type Decider, type Reason } from '#domain';

/** Given a history, when a command, then events: specifications of a decider in the words of the domain. `now` is the clock's reading. */
export function specification<State, Command, Event>(
  { initial, decide, evolve }: Decider<State, Command, Event>,
  now = new Date('2026-11-24T09:00:00.000Z'),
) {
  return (...history: readonly Event[]) => ({
    when: (...commands: readonly Command[]) => {
      const decided = (): readonly Event[] => {
        let state = history.reduce(evolve, initial);
        return commands.flatMap((command) => {
          const events = decide(command, state, now);
          state = events.reduce(evolve, state);
          return events;
        });
      };
      return {
        then: (...events: readonly Event[]): void => expect(decided()).toEqual(events),
        thenNothing: (): void => expect(decided()).toEqual([]),
        thenRefused: (reason: Reason): void => expect(reasonOf(decided)).toBe(reason),
      };
    },
  });
}

function reasonOf(decided: () => unknown): Reason | 'not refused' {
  try {
    decided();
    return 'not refused';
  } catch (error) {
    if (error instanceof Refused) return error.reason;
    throw error;
  }
}
