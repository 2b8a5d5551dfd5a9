import type { ConnectorDefinition } from '../definition';

export const date: ConnectorDefinition = {
  key: 'date',
  version: 1,
  name: 'Date',
  categories: ['utilities'],
  icon: 'calendar',
  docsUrl: 'https://www.rfc-editor.org/rfc/rfc3339',
  status: 'available',
  connection: 'not_needed',
  environments: [],
  serviceUrl: { none: true },
  settings: [],
  authMethods: [{ authType: 'none', recommended: true, setup: [], requestedScopes: [], fields: [], placements: [{ kind: 'none' }] }],
  verification: null,
  verifies: 'Nothing to verify: it runs inside the workflow and needs no connection',
  refreshes: false,
};
