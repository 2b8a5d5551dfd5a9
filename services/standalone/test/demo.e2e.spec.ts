import { leaksIn } from '#testing';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { keyCore } from '../src/demo/demo-keys';

jest.setTimeout(120_000);

const main = resolve(__dirname, '../../../dist/services/standalone/src/demo/main.js');

describe('npm run demo', () => {
  let folder: string;
  let ended: { readonly code: number; readonly output: string; readonly progress: string };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-demo-'));
    ended = await run(folder);
  });

  afterAll(() => rm(folder, { recursive: true }));

  it('goes through every step and ends with 0', () => {
    const [steps = '', timeline = ''] = ended.output.split('Its history, from the log:');
    const lines = steps.split('\n').filter((line) => /^[✓✗]/.test(line));
    expect(lines).toEqual([
      expect.stringMatching(/^✓ Create it with a wrong key.* → 201, .*status "error"/),
      expect.stringMatching(/^✓ Enter the right key → 200, status "active"/),
      expect.stringMatching(/^✓ List .* → 200, items.0.name "Orders"/),
      expect.stringMatching(/^✓ Rename .* → 200, name "Orders - production"/),
      expect.stringMatching(/^✓ Find it by its former name .* → 200, .*renamedTo "Orders - production"/),
      expect.stringMatching(/^✓ Rotate to a key that the service refuses → 422, reason "CredentialsWereRefused"/),
      expect.stringMatching(/^✓ Verify it.* → 200, status "active"/),
      expect.stringMatching(/^✓ Rotate while the service is down.* → 202, .*candidate.category/),
      expect.stringMatching(/^✓ The service is back.* → 200, status "active", .*candidate null/),
      expect.stringMatching(/^✓ Change the path .* → 200, .*status "active"/),
      expect.stringMatching(/^✓ Change the host .* → 422, reason "CredentialsMustBeReentered"/),
      expect.stringMatching(/^✓ Disable it → 200, status "disabled"/),
      expect.stringMatching(/^✓ Enable it → 200, status "active"/),
      expect.stringMatching(/^✓ Remove it → 204/),
      expect.stringMatching(/^✓ Look for it → 410, reason "ConnectionIsRemoved"/),
    ]);
    expect(timeline).toMatch(/^\s+\+0\.0 s\s+ConnectionCreated[\s\S]*ConnectionRenamed[\s\S]*ConnectionRemoved/);
    expect(ended.code).toBe(0);
  });

  it('prints no key, no token and no colours', () => {
    for (const text of [ended.output, ended.progress]) {
      expect(leaksIn('output', text, { keyCore })).toEqual([]);
      expect(text).not.toMatch(/eyJ/); // how every token begins
      expect(text).not.toContain('\u001b');
    }
  });

  it('leaves nothing behind', async () => {
    expect((await readdir(folder)).filter((name) => name.startsWith('patchbay-'))).toEqual([]);
  });
});

function run(folder: string): Promise<{ code: number; output: string; progress: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [main], { env: { PATH: process.env['PATH'], TMPDIR: folder } }, (error, output, progress) =>
      done({ code: error === null ? 0 : Number(error.code), output, progress }),
    );
  });
}
