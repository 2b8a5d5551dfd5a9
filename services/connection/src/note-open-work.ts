import type { ConnectionChange } from '#custody';
import { isDeepStrictEqual } from 'node:util';
import { openWorkOf } from './open-work';
import type { DueWork } from './records/due-work';

/** Notes what a command left open, and strikes out what it finished, whichever command it was. */
export function notingOpenWork(dueWork: Pick<DueWork, 'note'>): (change: ConnectionChange) => Promise<void> {
  return async ({ id: connectionId, before, after }) => {
    const open = openWorkOf(after);
    if (after.status === 'unknown' || isDeepStrictEqual(openWorkOf(before), open)) return;
    await dueWork.note({ workspaceId: after.workspaceId, connectionId }, open);
  };
}
