import { catalog } from '#connectors';
import { z } from 'zod';
import { connectorSchema } from '../connector-schema';
import { ShownConnection } from '../shown-connection';
import { ShownCategory, ShownConnector, ShownConnectorSummary } from '../shown-connector';
import { ShownEvent } from '../shown-event';
import { ShownInList } from '../shown-in-list';
import { ShownKeyRotation } from '../shown-key-rotation';
import { ShownProjection, ShownRebuild } from '../shown-rebuild';
import { Trial } from '../trial';
import { Problem } from './problem';

const nextCursor = z.string().nullable().describe('Asks for the next page; null: this is the last one.');

const listOf = <Item extends z.ZodType>(item: Item): z.ZodObject<{ items: z.ZodArray<Item>; nextCursor: typeof nextCursor }> =>
  z.object({ items: z.array(item), nextCursor });

/** What is answered, by the names that the OpenAPI document has for it. Specs hold the real answers to the same schemas. */
export const schemas = {
  Connection: ShownConnection,
  ConnectionList: listOf(ShownInList),
  History: listOf(ShownEvent),
  Connector: ShownConnector,
  ConnectorSchema: z.looseObject({ $schema: z.literal('https://json-schema.org/draft/2020-12/schema'), title: z.string() }),
  ConnectorList: listOf(ShownConnectorSummary),
  CategoryList: listOf(ShownCategory),
  ProjectionList: listOf(ShownProjection),
  KeyRotation: ShownKeyRotation,
  Rebuild: ShownRebuild,
  Trial,
  Problem,
} as const;
export type SchemaName = keyof typeof schemas;

const connection: ShownConnection = {
  id: '0199a1d2-6f4e-7c39-b1a5-3f1d2c7e9a10',
  workspaceId: 'acme',
  connector: { key: 'http', version: 1 },
  name: 'Orders - production',
  authType: 'api_key',
  serviceUrl: 'https://orders.example.com',
  settings: { apiKeyIn: 'header', apiKeyName: 'X-Api-Key', verificationPath: '/whoami', accountIdPath: 'id', accountLabelPath: 'name' },
  environment: null,
  labels: { team: 'payments' },
  visibility: 'workspace',
  status: 'active',
  statusReason: null,
  limited: false,
  credential: {
    version: 1,
    fingerprint: 'pXhfZm1BTlIvHqnJ2c4m6w',
    boundTo: 'https://orders.example.com:443',
    source: 'entered',
    display: null,
    expiresAt: null,
    grantedScopes: null,
  },
  candidate: null,
  account: { id: '42', label: 'Acme Limited' },
  owner: 'ada',
  createdBy: 'ada',
  createdAt: '2026-11-24T09:00:00.000Z',
  updatedBy: 'ada',
  updatedAt: '2026-11-24T09:00:00.000Z',
  verifiedAt: '2026-11-24T09:00:00.000Z',
  lastUsedAt: null,
  usageCount: 0,
  revision: 2,
};

const refusedConnection: ShownConnection = {
  ...connection,
  status: 'error',
  statusReason: {
    code: 'unauthorized',
    detail: { code: 'service_refused_credentials', httpStatus: 401 },
    since: '2026-11-24T09:00:00.000Z',
    lastTriedAt: '2026-11-24T09:00:00.000Z',
    action: 'enter_credentials',
  },
  account: null,
  verifiedAt: null,
};

const waitingConnection: ShownConnection = {
  ...connection,
  candidate: {
    secretId: '0199a1d8-02b1-7d4e-9a77-6c1e0f5b2d33',
    category: 'unreachable',
    nextTryAt: '2026-11-24T10:01:00.000Z',
    expiresAt: '2026-11-25T10:00:00.000Z',
  },
  revision: 3,
};

const trial: Trial = {
  dryRun: true,
  status: 'error',
  statusReason: {
    code: 'unauthorized',
    detail: { code: 'service_refused_credentials', httpStatus: 401 },
    action: 'enter_credentials',
  },
  limited: false,
  account: null,
};

const keyRotation: ShownKeyRotation = {
  id: '0199a1d8-44c0-7b6e-9d12-6c1e0f5b2d44',
  level: 'workspace',
  workspaceId: 'acme',
  mode: 'rewrap',
  reason: 'asked',
  state: 'running',
  askedBy: 'operator',
  askedAt: '2026-11-24T10:00:00.000Z',
  finishedAt: null,
  progress: { total: 1200, done: 500, left: 700 },
};

const rebuild: ShownRebuild = {
  id: '0199a1d8-44c0-4b6e-9d12-6c1e0f5b2d33',
  projection: 'workspace-connections',
  kind: 'rebuild',
  version: 2,
  state: 'running',
  askedBy: 'operator',
  askedAt: '2026-11-24T10:00:00.000Z',
  startedAt: '2026-11-24T10:00:00.400Z',
  workedAt: '2026-11-24T10:00:20.400Z',
  endedAt: null,
  progress: { position: '204000', head: '800412', eventsPerSecond: 10200, secondsLeft: 58.5 },
  error: null,
};

const connectorSchemas = Object.fromEntries(
  catalog.filter(({ connection }) => connection === 'required').map((definition) => [definition.key, connectorSchema(definition)]),
);

/** By schema, as the document and the pages show them. */
export const examples = {
  Connection: { works: connection, isRefused: refusedConnection, hasCandidate: waitingConnection },
  Trial: { wouldBeRefused: trial },
  ConnectorSchema: connectorSchemas,
  KeyRotation: { runs: keyRotation },
  Rebuild: { runs: rebuild },
  ConnectionList: { page: { items: [connection], nextCursor: null } },
} as const;
