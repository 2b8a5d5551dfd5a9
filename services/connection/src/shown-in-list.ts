import type { ListedConnection } from '#read-models';
import { z } from 'zod';
import { ShownConnection, shownConnection } from './shown-connection';

/** A connection as an item of a list. */
export const ShownInList = ShownConnection.extend({
  renamedTo: z.string().optional().describe('Its present name, where it was asked for by one that it had before.'),
});
export type ShownInList = z.infer<typeof ShownInList>;

export function shownInList({ renamedTo, ...connection }: ListedConnection): ShownInList {
  return { ...shownConnection(connection), ...(renamedTo !== undefined && { renamedTo }) };
}
