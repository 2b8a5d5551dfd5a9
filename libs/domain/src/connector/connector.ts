import type { ConnectorEvent } from '#events';
import type { Decider } from '../decider';

/** The catalog's definition of a connector, as this release ships it. */
export interface RecordDefinition {
  readonly type: 'RecordDefinition';
  readonly key: string;
  readonly version: number;
  readonly digest: string;
  readonly definition: Readonly<Record<string, unknown>>;
}

export type ConnectorCommand = RecordDefinition;

export type Connector = { readonly version: 0 } | { readonly version: number; readonly digest: string };

/** A definition was edited without a new version: connections could no longer say what they were verified against. */
export class DefinitionChangedWithoutVersion extends Error {
  override readonly name = 'DefinitionChangedWithoutVersion';
  constructor(key: string, version: number) {
    super(
      `the definition of connector "${key}" differs from what the log records as its version ${version}; give it version ${version + 1}`,
    );
  }
}

function decide({ type: _, ...definition }: ConnectorCommand, connector: Connector): readonly ConnectorEvent[] {
  const { key, version, digest } = definition;
  if (!('digest' in connector)) return [{ type: 'ConnectorPublished', data: definition }];
  if (version > connector.version) return [{ type: 'ConnectorRevised', data: definition }];
  if (version === connector.version && digest !== connector.digest) throw new DefinitionChangedWithoutVersion(key, version);
  return []; // the same, or an older release that still runs during a roll-out
}

function evolve(connector: Connector, event: ConnectorEvent): Connector {
  switch (event.type) {
    case 'ConnectorPublished':
    case 'ConnectorRevised':
      return { version: event.data.version, digest: event.data.digest };
    case 'ConnectorRetired':
      return connector;
  }
}

/** One template of the catalog, as the log knows it. */
export const connector: Decider<Connector, ConnectorCommand, ConnectorEvent> = { initial: { version: 0 }, decide, evolve };
