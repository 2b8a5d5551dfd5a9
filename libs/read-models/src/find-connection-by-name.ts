import { rows, type Transaction } from '#postgres';
import { foldedName } from './folded-name';
import { lastToTake } from './last-to-take';

export interface NamedConnection {
  readonly connectionId: string;
  /** The name it was found by, as it was written. */
  readonly name: string;
  /** Its present name, where it was found by one it had before. */
  readonly renamedTo?: string;
}

/**
 * The connection of this name, whatever the case, in the workspace that the transaction is in: the one that has it, or the one that had it
 * last. Null where no connection had it, or the one that had it last is removed.
 */
export async function findConnectionByName(tx: Transaction, name: string): Promise<NamedConnection | null> {
  const folded = foldedName(name);
  const [found] = await rows<{ connectionId: string; name: string; presentName: string; isPresent: boolean }>(
    tx,
    `select c.id as "connectionId", taken.name, c.name as "presentName", c.name_folded = $1 as "isPresent"
       from read_models.workspace_connections c
       join read_models.connection_names taken
         on taken.workspace_id = c.workspace_id and taken.name_folded = $1 and taken.connection_id = c.id
      where c.workspace_id = current_setting('patchbay.workspace', true) and c.status <> 'removed' and c.id = ${lastToTake('$1')}`,
    [folded],
  );
  if (found === undefined) return null;
  const { presentName, isPresent, ...named } = found;
  return isPresent ? named : { ...named, renamedTo: presentName };
}
