/** What time it is: a class, so that it can be asked for as a dependency. */
export class Clock {
  constructor(readonly now: () => Date) {}
}
