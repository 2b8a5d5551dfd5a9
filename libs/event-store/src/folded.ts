import { chainStart } from './codec';
import type { Position } from './event-store';

/** A stream up to one of its events, and what it takes to go on from there. */
export interface Folded<State> {
  readonly state: State;
  /** Of the last event; -1 where there is none. */
  readonly revision: number;
  readonly position: Position;
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly occurredAt: number;
  /** The newest commands, the newest last: id → revision of the command's last event. */
  readonly commands: ReadonlyMap<string, number>;
  /** Revision of the newest snapshot this process knows of; -1 where it knows of none. */
  readonly keptAt: number;
}

/** How many of its commands a stream knows again. Who sends an older one again is answered by the idempotency records, not by the stream. */
export const rememberedCommands = 200;

export function unfolded<State>(initial: State): Folded<State> {
  return { state: initial, revision: -1, position: 0n, hash: chainStart, occurredAt: 0, commands: new Map(), keptAt: -1 };
}

/** Puts a command last, as the events of one stand together, and lets go of the one that was longest ago. */
export function remember(commands: Map<string, number>, commandId: string, revision: number): void {
  commands.set(commandId, revision);
  const [oldest] = commands.keys();
  if (commands.size > rememberedCommands && oldest !== undefined) commands.delete(oldest);
}
