import { Refused, type ExistingConnection } from '#domain';

/** The configRevisions that whoever asks for a change may have seen; `any`: whatever the connection has become. */
export type ExpectedRevisions = readonly number[] | 'any';

/** @throws Refused ConnectionChangedMeanwhile */
export function refuseUnexpected({ configRevision }: ExistingConnection, expected: ExpectedRevisions): void {
  if (expected !== 'any' && !expected.includes(configRevision)) throw new Refused('ConnectionChangedMeanwhile');
}
