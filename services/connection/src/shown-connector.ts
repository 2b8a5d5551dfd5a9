import { ConnectorDefinition } from '#connectors';
import { z } from 'zod';

const { shape } = ConnectorDefinition;
const connectedCount = z
  .int()
  .nonnegative()
  .nullable()
  .describe('How many connections the workspace of the token has; null where the token is for none or several.');

/** What is needed to choose a connector. */
export const ShownConnectorSummary = z.object({
  key: shape.key,
  version: shape.version,
  name: shape.name,
  categories: z.array(z.object({ key: z.string(), label: z.string() })),
  icon: shape.icon.describe('A name, not an address.'),
  docsUrl: shape.docsUrl,
  status: shape.status,
  connection: shape.connection.describe('Whether its actions need a connection.'),
  authTypes: z.array(shape.authMethods.element.shape.authType),
  connectedCount,
});
export type ShownConnectorSummary = z.infer<typeof ShownConnectorSummary>;

/** All that is public of a connector: what to enter, where to find it, and what a verification shows. */
export const ShownConnector = z.object({
  ...ShownConnectorSummary.omit({ authTypes: true, connectedCount: true }).shape,
  environments: shape.environments,
  serviceUrl: shape.serviceUrl,
  settings: shape.settings.describe('Fields of every auth method, besides its own.'),
  authMethods: z.array(shape.authMethods.element.omit({ placements: true })),
  verifies: shape.verifies.describe('What an accepted verification shows.'),
  refreshes: shape.refreshes.describe('Its credentials are refreshed before they expire.'),
  connectedCount,
});
export type ShownConnector = z.infer<typeof ShownConnector>;

export const ShownCategory = z.object({ key: z.string(), label: z.string(), connectors: z.int().nonnegative() });
export type ShownCategory = z.infer<typeof ShownCategory>;

/** A definition as the log recorded it: its members were checked by the release that wrote it. */
type Recorded = Readonly<Record<string, unknown>>;

export function shownConnectorSummary(definition: Recorded, count: number | null): ShownConnectorSummary {
  const authMethods = definition['authMethods'] as ShownConnector['authMethods'];
  return membersOf(ShownConnectorSummary, { ...definition, authTypes: authMethods.map(({ authType }) => authType), connectedCount: count });
}

export function shownConnector(definition: Recorded, count: number | null): ShownConnector {
  return membersOf(ShownConnector, { ...definition, connectedCount: count });
}

/** The members of a schema, in its order. */
function membersOf<Schema extends z.ZodObject>({ shape: members }: Schema, from: Recorded): z.infer<Schema> {
  return Object.fromEntries(Object.keys(members).map((name) => [name, from[name]])) as z.infer<Schema>;
}
