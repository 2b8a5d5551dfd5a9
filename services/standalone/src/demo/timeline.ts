import { inColour } from './in-colour';
import type { AskPatchbay } from './patchbay';

interface Event {
  readonly type: string;
  readonly occurredAt: string;
  readonly actor: { readonly kind: string };
}

/** Everything that happened to the connection, the oldest first: seconds since it was created, what, and who did it. */
export async function timelineOf(patchbay: AskPatchbay, connectionId: string): Promise<readonly string[]> {
  const { body } = await patchbay({ method: 'GET', path: `/${connectionId}/history?detail=all&limit=200` });
  const events = (body as { items: readonly Event[] }).items.toReversed();
  const began = Date.parse(events[0]?.occurredAt ?? '');
  return events.map(({ type, occurredAt, actor }) => {
    const seconds = ((Date.parse(occurredAt) - began) / 1000).toFixed(1);
    return `  ${inColour('dim', `+${seconds} s`.padStart(8))}  ${type.padEnd(26)} ${inColour('dim', actor.kind)}`;
  });
}
