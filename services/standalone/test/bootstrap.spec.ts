import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const bootstrap = resolve(__dirname, '../bootstrap');

/** Runs a few words of source beside the scripts, in a process of its own, as they run themselves. */
const run = (source: string, environment: Record<string, string> = {}) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', source], {
    cwd: bootstrap,
    env: { PATH: process.env['PATH'], ...environment },
    encoding: 'utf8',
  });
  return { status, output: stdout, said: stderr };
};

describe('preparing a checkout', () => {
  let root: string;
  const put = async (path: string, content: unknown): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const packages = {
    '': { optionalDependencies: { mine: '1.0.0', theirs: '1.0.0' } },
    'node_modules/one': { version: '1.0.0' },
    'node_modules/mine': { version: '1.0.0', optional: true, os: [process.platform], cpu: [process.arch] },
    'node_modules/theirs': { version: '1.0.0', optional: true, os: ['plan9'], cpu: ['sparc'] },
    'node_modules/binding': { version: '1.0.0', optional: true },
  };
  const { 'node_modules/one': one, 'node_modules/mine': mine } = packages;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'patchbay-checkout-'));
    await put('package-lock.json', { packages });
  });
  afterEach(() => rm(root, { recursive: true }));

  describe('installs', () => {
    /** Stands in for npm: notes what it was asked for, and leaves what npm leaves. */
    const install = (end: number) =>
      run(
        `const { install } = require('./installation');
       install(${JSON.stringify(root)}, console.error);`,
        { npm_execpath: npmThatEndsWith(end) },
      );
    const npmThatEndsWith = (end: number): string => join(root, `npm-${end}.js`);
    const asked = () => readFile(join(root, 'asked'), 'utf8').catch(() => null);
    const whole = async (): Promise<void> => {
      await put('node_modules/one/package.json', {});
      await put('node_modules/mine/package.json', {});
      await put('node_modules/.package-lock.json', { packages: { 'node_modules/one': one, 'node_modules/mine': mine } });
    };

    beforeEach(async () => {
      for (const end of [0, 1]) {
        await put(
          `npm-${end}.js`,
          `const fs = require('node:fs');
           fs.writeFileSync('asked', process.argv.slice(2).join(' ') + ' ' + fs.existsSync('node_modules/.package-lock.json'));
           console.log('npm says');
           process.exit(${end});`,
        );
      }
    });

    it('nothing when npm finished what package-lock.json names for this machine', async () => {
      await whole();
      expect(install(0)).toEqual({ status: 0, output: '', said: '' });
      expect(await asked()).toBeNull();
    });

    it.each([
      ['nothing is there', () => Promise.resolve()],
      ['an installation was interrupted', () => put('node_modules/one/package.json', {})],
      [
        'another version is there',
        async () => {
          await whole();
          await put('node_modules/.package-lock.json', {
            packages: { 'node_modules/one': { version: '0.9.0' }, 'node_modules/mine': mine },
          });
        },
      ],
      [
        'the record is there and the package is not',
        async () => {
          await whole();
          await rm(join(root, 'node_modules/one'), { recursive: true });
        },
      ],
      [
        'what this machine needs was left out',
        async () => {
          await whole();
          await put('node_modules/.package-lock.json', { packages: { 'node_modules/one': one } });
        },
      ],
    ])('when %s, saying how much comes down, and keeps standard output free', async (_, state) => {
      await state();
      const { status, output, said } = install(0);
      expect({ status, output }).toEqual({ status: 0, output: '' });
      expect(said).toMatch(/^Installing the packages: about \d+ MB come down the first time\.\nnpm says\n$/);
      expect(await asked()).toMatch(/^ci --ignore-scripts .* false$/); // npm's record was taken away first
    });

    it('and says in one sentence that it failed', () => {
      expect(install(1)).toMatchObject({
        status: 1,
        said: expect.stringContaining('The packages could not be installed: npm ci ended with 1, for the reason it gives above.'),
      });
    });
  });

  it('waits while another process does it, and not for one that was killed', async () => {
    const holds = (ms: number) =>
      `require('./one-at-a-time').oneAtATime(${JSON.stringify(root)}, console.error, () => {
         require('node:fs').writeSync(1, 'in');
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms});
         require('node:fs').appendFileSync(${JSON.stringify(join(root, 'done'))}, '${ms} ');
       })`;
    const first = spawn(process.execPath, ['-e', holds(1_000)], { cwd: bootstrap, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(first.stdout, 'data');
    expect(run(holds(1)).said).toBe(`Process ${String(first.pid)} prepares this checkout already: waiting for it.\n`);
    expect(await readFile(join(root, 'done'), 'utf8')).toBe('1000 1 ');

    const killed = spawn(process.execPath, ['-e', holds(60_000)], { cwd: bootstrap, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(killed.stdout, 'data');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(run(holds(2))).toMatchObject({ status: 0, said: '' });
  });

  it('is one process’s at a time, however many find the mark of one that was killed', async () => {
    const killed = spawn(
      process.execPath,
      [
        '-e',
        `require('./one-at-a-time').oneAtATime(${JSON.stringify(root)}, () => {}, () => {
      require('node:fs').writeSync(1, 'in');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
    })`,
      ],
      { cwd: bootstrap, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(killed.stdout, 'data');
    killed.kill('SIGKILL');
    await once(killed, 'exit');

    const enters = `require('./one-at-a-time').oneAtATime(${JSON.stringify(root)}, () => {}, () => {
      const fs = require('node:fs');
      const inside = ${JSON.stringify(join(root, 'inside'))};
      fs.writeFileSync(inside, '', { flag: 'wx' });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
      fs.rmSync(inside);
    })`;
    const many = Array.from({ length: 6 }, () => spawn(process.execPath, ['-e', enters], { cwd: bootstrap, stdio: 'ignore' }));
    expect(await Promise.all(many.map((process) => once(process, 'exit')))).toEqual(many.map(() => [0, null]));
  });

  describe('builds', () => {
    const build = () => run(`require('./build').build(${JSON.stringify(root)}, process.execPath, console.error)`);
    const at = (path: string, seconds: number) => utimes(join(root, path), seconds, seconds);

    beforeEach(async () => {
      await put('libs/one/src/index.ts', '');
      await put('services/one/src/main.ts', '');
      for (const file of ['package.json', 'tsconfig.json', 'tsconfig.build.json']) await put(file, {});
      await put('dist/old.js', '');
      await put('node_modules/typescript/bin/tsc', `require('node:fs').appendFileSync('built', process.argv.slice(2).join(' ') + '\\n')`);
    });

    it('once, then again only when a source has changed or gone since', async () => {
      const builds = async () => (await readFile(join(root, 'built'), 'utf8')).split('\n').length - 1;
      expect(build()).toEqual({ status: 0, output: '', said: 'Building.\n' });
      expect(build()).toEqual({ status: 0, output: '', said: '' });
      expect(await readFile(join(root, 'built'), 'utf8')).toBe('-b tsconfig.build.json\n');

      await at('libs/one/src/index.ts', Date.now() / 1000 + 5);
      build();
      expect(await builds()).toBe(2);
      await at('libs/one/src/index.ts', Date.now() / 1000 - 5);
      await rm(join(root, 'services/one/src/main.ts'));
      await at('services/one/src', Date.now() / 1000 + 5);
      build();
      expect(await builds()).toBe(3);
    });

    it('again after a build that failed', async () => {
      await put('node_modules/typescript/bin/tsc', 'process.exit(2)');
      expect(build()).toMatchObject({ status: 1, said: expect.stringContaining('The build failed: tsc ended with 2') });
      expect(existsSync(join(root, 'dist', '.built'))).toBe(false);
    });
  });
});

describe('a program run in the foreground', () => {
  const start = (source: string, environment: Record<string, string> = {}) =>
    spawn(process.execPath, ['-e', `require('./in-foreground').inForeground(process.execPath, ['-e', ${JSON.stringify(source)}])`], {
      cwd: bootstrap,
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const stays = `process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('up')`;

  it('ends as the program ends', async () => {
    expect(await once(start('process.exit(3)'), 'exit')).toEqual([3, null]);
    expect(await once(start(`process.kill(process.pid, 'SIGKILL')`), 'exit')).toEqual([128 + 9, null]);
  });

  it('passes signals on', async () => {
    const foreground = start(stays);
    await once(foreground.stdout, 'data');
    foreground.kill('SIGTERM');
    expect(await once(foreground, 'exit')).toEqual([7, null]);
  });

  it('tells the program when it is killed itself', async () => {
    const foreground = start(`process.on('disconnect', () => { console.log('gone'); process.exit() }); ${stays}`);
    await once(foreground.stdout, 'data');
    foreground.kill('SIGKILL');
    expect(String(await once(foreground.stdout, 'data'))).toBe('gone\n');
  });

  it.each([
    ['directly', (node: string) => `exec ${node}`],
    ['through a shell', (node: string) => `sh -c '${node}; true'; true`],
  ])('tells the program when npm is killed that ran it %s', async (_, command) => {
    const program = `process.on('disconnect', () => { console.log('gone'); process.exit() }); ${stays}`;
    const script = join(await mkdtemp(join(tmpdir(), 'patchbay-npm-')), 'script.js');
    await writeFile(
      script,
      `require(${JSON.stringify(join(bootstrap, 'in-foreground.js'))}).inForeground(process.execPath, ['-e', ${JSON.stringify(program)}]);`,
    );
    // Stands in for npm: a process that starts the script and waits.
    const npm = spawn(
      process.execPath,
      [
        '-e',
        `require('node:child_process').spawn('sh', ['-c', process.argv[1]], { stdio: 'inherit' })`,
        command(`${process.execPath} ${script}`),
      ],
      { env: { PATH: process.env['PATH'], npm_lifecycle_event: 'start' }, stdio: ['ignore', 'pipe', 'inherit'], detached: true },
    );
    await once(npm.stdout, 'data');
    npm.kill('SIGKILL');
    const told = await Promise.race([once(npm.stdout, 'data'), pause(10_000, ['nothing'], { ref: false })]);
    if (!String(told).startsWith('gone')) process.kill(-Number(npm.pid), 'SIGKILL'); // else this spec would never end
    expect(String(told)).toBe('gone\n');
    await rm(dirname(script), { recursive: true });
  });
});

describe('the scripts of package.json', () => {
  it('explain npm test', () => {
    const { status, stdout } = spawnSync(process.execPath, [join(bootstrap, 'test.js'), '--help'], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('npm test -- libs/vault') });
  });
});
