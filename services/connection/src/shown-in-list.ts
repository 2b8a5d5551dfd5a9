import type { ListedConnection } from '#read-models';
import { z } from 'zod';
import type { NextTries } from './records/due-work';
import { ShownConnection, shownConnection } from './shown-connection';

/** A connection as an item of a list. */
export const ShownInList = ShownConnection.extend({
  renamedTo: z.string().optional().describe('Its present name, where it was asked for by one that it had before.'),
});
export type ShownInList = z.infer<typeof ShownInList>;

export function shownInList({ renamedTo, ...connection }: ListedConnection, tries: NextTries = {}): ShownInList {
  return { ...shownConnection(connection, tries), ...(renamedTo !== undefined && { renamedTo }) };
}
