import type { ConnectorDefinition } from '../definition';

export const json: ConnectorDefinition = {
  key: 'json',
  version: 1,
  name: 'JSON',
  categories: ['utilities'],
  icon: 'braces',
  docsUrl: 'https://www.rfc-editor.org/rfc/rfc8259',
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
