import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { canary } from './canary';

const root = resolve(__dirname, '../../..');
const secret = canary('"key"/ü');

const forms: Readonly<Record<string, string>> = {
  raw: secret,
  base64: Buffer.from(`{"apiKey":"${secret}"}`).toString('base64'),
  base64url: Buffer.from(`"${secret}`).toString('base64url'),
  hex: Buffer.from(secret).toString('hex'),
  'URL-escaped': encodeURIComponent(secret),
  'JSON-escaped': JSON.stringify({ deep: [secret] }),
  'UTF-16LE': Buffer.from(secret, 'utf16le').toString('latin1'),
};

/** What prints the given text, as the source of a spec. */
const ways: Readonly<Record<string, (text: string) => string>> = {
  console: (text) => `console.log(${text})`,
  stream: (text) => `process.stderr.write(Buffer.from(${text}, 'latin1'))`,
  descriptor: (text) => `require('node:fs').writeSync(1, ${text})`,
  child: (text) =>
    `await new Promise((end) => require('node:child_process').execFile(process.execPath, ['-e', 'process.stdout.write(Buffer.from(process.argv[1], "base64"))', Buffer.from(${text}, 'latin1').toString('base64')], end))`,
  childInTurn: (text) => `require('node:child_process').spawnSync(process.execPath, ['-e', 'console.error(process.argv[1])', ${text}])`,
};

/** Each form printed one way, and raw each other way; and what prints nothing of it. */
const specs: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(forms).map(([form, text]) => [form, ways['child']?.(JSON.stringify(text)) ?? ''])),
  ...Object.fromEntries(Object.entries(ways).map(([way, print]) => [way, print(JSON.stringify(secret))])),
  'late hook': `afterAll(() => console.log(${JSON.stringify(secret)}))`,
  quiet: `console.log('nothing')`,
};

describe('what a spec file prints', () => {
  let folder: string;
  let failed: Readonly<Record<string, string>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-overheard-'));
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const [name, source] of Object.entries(specs)) {
      const isHook = source.startsWith('afterAll');
      await writeFile(
        join(folder, `${name}.spec.js`),
        isHook ? `${source}; it('ends', () => {})` : `it('prints', async () => { ${source} })`,
      );
    }
    failed = await failuresIn(folder);
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true }));

  it.each(Object.keys(specs).filter((name) => name !== 'quiet'))('fails it when a secret is in it: %s', (name) => {
    expect(failed[name]).toMatch(/A secret was printed by .* or by what it started:\n\s+(?:output|console): canary as /);
    expect(failed[name]).not.toContain(secret.slice(0, 9));
  });

  it('does not fail it otherwise', () => {
    expect(failed['quiet']).toBe('');
  });
});

/** Runs the specs as jest runs all of ours, unheard. What it says of each, by name. */
async function failuresIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const { jest: ours } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { jest: { transform: unknown } };
  const environment = join(root, 'libs/testing/src/overhearing-environment.ts');
  const config = { rootDir: folder, testEnvironment: environment, transform: ours.transform, testMatch: ['**/*.spec.js'] };
  const results = join(folder, 'results.json');
  const args = ['--config', JSON.stringify(config), '--runInBand', '--json', '--outputFile', results];
  await once(spawn(process.execPath, [join(root, 'node_modules/jest/bin/jest.js'), ...args], { cwd: folder, stdio: 'ignore' }), 'exit');
  const { testResults } = JSON.parse(await readFile(results, 'utf8')) as { testResults: readonly { name: string; message: string }[] };
  return Object.fromEntries(testResults.map(({ name, message }) => [/([^/]+)\.spec\.js$/.exec(name)?.[1] ?? name, message]));
}
