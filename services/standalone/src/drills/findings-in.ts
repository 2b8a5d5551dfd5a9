import { brokenChains, storedTwice, wrongNames, wrongStatuses } from './check-log';
import { doneTwice, notInTheLog, type Answered } from './check-requests';
import { wrongRows } from './check-rows';
import { falseHeads, missingSecrets } from './check-vault';
import type { Evidence } from './evidence';
import type { LogView } from './log-view';

/** All that is checked of a log: against itself, against what was acknowledged, and against the read models and the vault. */
export async function findingsIn(log: LogView, evidence: Evidence, acknowledged: readonly Answered[]): Promise<readonly string[]> {
  const behind = await evidence.behind(log);
  const parked = await evidence.parked();
  return [
    ...notInTheLog(log, acknowledged),
    ...doneTwice(log),
    ...storedTwice(log),
    ...brokenChains(log),
    ...wrongStatuses(log),
    ...wrongNames(log),
    ...missingSecrets(log, await evidence.sealed()),
    ...falseHeads(log, await evidence.heads()),
    ...(behind > 0n ? [`The read models are ${String(behind)} positions behind the log.`] : []),
    ...(parked > 0 ? [`The projections parked ${parked} events.`] : []),
    ...wrongRows(log, await evidence.rows()),
  ];
}
