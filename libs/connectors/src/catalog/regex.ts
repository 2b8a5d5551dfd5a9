import type { ConnectorDefinition } from '../definition';

export const regex: ConnectorDefinition = {
  key: 'regex',
  version: 1,
  name: 'Regex',
  categories: ['utilities'],
  icon: 'asterisk',
  docsUrl: 'https://developer.mozilla.org/en-US/docs/Web/JavaScript/Guide/Regular_expressions',
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
