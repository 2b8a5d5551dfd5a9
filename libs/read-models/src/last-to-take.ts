/**
 * SQL for the id of the connection that took a name last, in the workspace that the transaction is in: who has it now, or whoever had it
 * last. It is the one whose event is the latest, as a name is free before another connection takes it. `folded` is a parameter's place.
 */
export function lastToTake(folded: string): string {
  return `(select n.connection_id from read_models.connection_names n
            where n.workspace_id = current_setting('patchbay.workspace', true) and n.name_folded = ${folded}
            order by n.position desc limit 1)`;
}
