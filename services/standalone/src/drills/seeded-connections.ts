import { ConnectionLife, type LifeEvent } from '../bench/connection-lives';
import { opened } from '../bench/seed-log';

/** A connection that was there before anybody asked. */
export interface SeededConnection {
  readonly id: string;
  readonly workspaceId: string;
}

/** Created, given a credential, verified. */
const eventsEach = 3;

/** The log of so many connections, which each work; they are told in `seeded` as they are written. */
export function* connectionsInLog(count: number, seeded: SeededConnection[]): Generator<LifeEvent> {
  yield opened();
  for (let nth = 1; nth <= count; nth += 1) {
    const life = new ConnectionLife(nth);
    for (let event = 0; event < eventsEach; event += 1) yield life.next();
    seeded.push({ id: life.id, workspaceId: life.workspaceId });
  }
}
