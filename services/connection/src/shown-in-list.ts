import type { ListedConnection } from '#read-models';
import { z } from 'zod';
import { ShownConnection, shownConnection, type Plans } from './shown-connection';

/** A connection as an item of a list. */
export const ShownInList = ShownConnection.extend({
  renamedTo: z.string().optional().describe('Its present name, where it was asked for by one that it had before.'),
});
export type ShownInList = z.infer<typeof ShownInList>;

export function shownInList({ renamedTo, ...connection }: ListedConnection, plans: Plans = {}): ShownInList {
  return { ...shownConnection(connection, plans), ...(renamedTo !== undefined && { renamedTo }) };
}
