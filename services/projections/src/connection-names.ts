import type { ConnectionEvent } from '#events';
import { foldedName } from '#read-models';
import type { Recorded } from './projection';
import type { ReadEvent } from './read-event';

export interface ConnectionNameRow {
  /** Null is refused by the table: a connection belongs to a workspace. */
  readonly workspaceId: string | null;
  readonly nameFolded: string;
  readonly connectionId: string;
  readonly name: string;
}

/**
 * One row per name and connection that has it or had it, at the position at which it last took it: whose is the latest has the name, or had
 * it last. Whether it still does is in its row of `workspace_connections`. No row depends on another, so the streams of two connections may
 * be read in any order.
 */
export const connectionNames: Recorded<ConnectionNameRow> = {
  kind: 'recorded',
  name: 'connection-names',
  version: 1,
  table: 'connection_names',
  key: ['workspaceId', 'nameFolded', 'connectionId'],
  rowOf: ({ event, at, stored }) => {
    const name = nameTaken(event);
    return name === null ? null : { workspaceId: stored.metadata.workspaceId, nameFolded: foldedName(name), connectionId: at.id, name };
  },
};

type Naming = { readonly [Type in ConnectionEvent['type']]: ((data: DataOf<Type>) => string) | null };
type DataOf<Type> = Extract<ConnectionEvent, { type: Type }>['data'];

/** The name that a connection takes with an event: one line per type of event, so that one without a line does not compile. */
const naming: Naming = {
  ConnectionCreated: ({ name }) => name,
  CredentialsProvided: null,
  CredentialsProposed: null,
  CredentialsRotated: null,
  CredentialsRejected: null,
  ConnectionVerified: null,
  VerificationFailed: null,
  ConnectionRenamed: ({ to }) => to,
  ServiceUrlChanged: null,
  SettingsChanged: null,
  EnvironmentLabelled: null,
  LabelsChanged: null,
  ConnectionOwnerChanged: null,
  ConnectionDisabled: null,
  ConnectionEnabled: null,
  ConnectionRemoved: null, // the name is free, and whoever asks for it is told of none
};

function nameTaken({ type, data }: ReadEvent['event']): string | null {
  const lines = naming as unknown as Readonly<Record<string, ((data: object) => string) | null>>;
  return Object.hasOwn(lines, type) ? (lines[type]?.(data) ?? null) : null;
}
