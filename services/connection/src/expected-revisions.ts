import { Refused, type ConnectionCommand, type ExistingConnection } from '#domain';

/** The configRevisions that whoever asks for a change may have seen; `any`: whatever the connection has become. */
export type ExpectedRevisions = readonly number[] | 'any';

/**
 * Before anything is done for the change.
 * @throws Refused ConnectionChangedMeanwhile
 */
export function refuseUnexpected({ configRevision }: ExistingConnection, expected: ExpectedRevisions): void {
  if (expected !== 'any' && !expected.includes(configRevision)) throw new Refused('ConnectionChangedMeanwhile');
}

/** The same, ahead of the decider's other commands: it is looked at again where another process was faster. */
export function expecting(expected: ExpectedRevisions): readonly ConnectionCommand[] {
  return expected === 'any' ? [] : [{ type: 'Expect', configRevisions: expected }];
}
