import { eventually } from '#testing';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { Database } from './database';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres';
import { EmbeddedPostgresCannotStart } from './embedded-postgres-cannot-start';
import { isAlive, runningPostmaster } from './postmaster';

jest.setTimeout(60_000);

const running: EmbeddedPostgres[] = [];
let parent: string;
let folder: string;

const start = async () => {
  const server = await startEmbeddedPostgres({ folder, report: () => undefined });
  running.push(server);
  return server;
};
const stopAll = async () => {
  for (const server of running.splice(0)) await server.stop();
};
const pid = async () => (await runningPostmaster(join(folder, 'data')))?.pid;

const makeFolder = async () => {
  parent = await mkdtemp(join(tmpdir(), 'patchbay-embedded-'));
  await chmod(parent, 0o755);
  folder = join(parent, 'postgres');
};
const removeFolder = () => rm(parent, { recursive: true, force: true });

describe('the first start of the embedded PostgreSQL', () => {
  beforeEach(makeFolder);

  afterEach(async () => {
    await stopAll();
    await removeFolder();
  });

  it('belongs to an owner who is no superuser, sorts by code point, knows the case of every letter and writes to the disk', async () => {
    const server = await start();
    const [facts] = await asked(
      server,
      `select current_user as owner, rolsuper as super, current_setting('fsync') as fsync, current_setting('max_connections') as connections,
              lower('ÄÖÉ') as lower, 'B' < 'a' as "byCodePoint" from pg_roles where rolname = current_user`,
    );
    expect(facts).toEqual({ owner: 'patchbay_owner', super: false, fsync: 'on', connections: '200', lower: 'äöé', byCodePoint: true });
  });

  it('listens on the loopback address only, without a socket in the file system, and keeps its passwords to its owner', async () => {
    const server = await start();
    const [, , , , sockets, address] = (await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n');
    expect([sockets, address]).toEqual(['', '127.0.0.1']);
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'data', 'launcher.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['data', 'postgres.log']);
    const password = new URL(server.url.reveal()).password;
    expect(await readFile(join(folder, 'postgres.log'), 'utf8')).not.toContain(password);
  });

  it('starts once when two processes start it for the first time at the same moment', async () => {
    const servers = await Promise.all([start(), inAnotherProcess(folder)]);
    expect(new URL(servers[1].url).port).toBe(String(servers[0].port));
    servers[1].kill();
    await servers[1].ended;
  });

  it('starts anew where a first start was interrupted', async () => {
    const { pid: gone } = spawnSync('true');
    await mkdir(join(folder, `data.new-${gone}`), { recursive: true });
    await start();
    expect(await readdir(folder)).toEqual(['data', 'postgres.log']);
  });

  it('says in one sentence that the folder cannot be written', async () => {
    await writeFile(folder, 'a file, not a folder');
    await expect(start()).rejects.toThrow(EmbeddedPostgresCannotStart);
    await expect(start()).rejects.toThrow(`The folder ${folder} cannot be written: choose another, or let this user write to it.`);
  });
});

describe('the embedded PostgreSQL', () => {
  beforeAll(async () => {
    await makeFolder();
    await start();
    await stopAll();
  });

  afterEach(stopAll);

  afterAll(removeFolder);

  it('keeps what was written through a stop, through a killed server, and on the same port', async () => {
    const first = await start();
    await asked(first, 'create table kept (word text)');
    await asked(first, `insert into kept values ('before')`);
    await first.stop();
    expect(await pid()).toBeUndefined();

    const second = await start();
    expect(second.port).toBe(first.port);
    await asked(second, `insert into kept values ('after')`);
    process.kill((await pid())!, 'SIGKILL');

    const third = await start();
    expect(third.port).toBe(first.port);
    expect(await asked(third, 'select word from kept order by word')).toEqual([{ word: 'after' }, { word: 'before' }]);
  });

  it('starts again while a session of the killed server is still at work', async () => {
    const first = await start();
    const busy = asked(first, 'select count(*) from generate_series(1, 8000000) a where a % 7 = 3').catch((error: unknown) => error);
    await eventually(async () => {
      expect(
        await asked(first, `select 1 from pg_stat_activity where state = 'active' and query like '%8000000%' and pid <> pg_backend_pid()`),
      ).toHaveLength(1);
    });
    process.kill((await pid())!, 'SIGKILL');
    expect(await asked(await start(), 'select 1 as one')).toEqual([{ one: 1 }]);
    await busy;
  });

  it('ends its own server only, not one that was started after it was killed', async () => {
    const first = await start();
    process.kill((await pid())!, 'SIGKILL');
    const second = await start();
    await first.stop();
    expect(await asked(second, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('is adopted by a second start, which leaves it running when it stops', async () => {
    const first = await start();
    const before = await pid();
    const second = await start();
    expect(second.url.reveal()).toBe(first.url.reveal());
    expect(await pid()).toBe(before);
    await second.stop();
    expect(await asked(first, 'select 1 as one')).toEqual([{ one: 1 }]);
    await first.stop();
    expect(await pid()).toBeUndefined();
  });

  it.each([
    ['and stopped with it', () => process.env['PATH']],
    ['and goes on without it, as where setpriv is missing', () => onlyWith(['unshare', 'true'], parent)],
  ])('can be started again after the process that ran it was killed %s', async (_, path) => {
    const killed = await inAnotherProcess(folder, path());
    killed.kill();
    await killed.ended;
    const server = await start();
    expect(await asked(server, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.stop();
    expect(await pid()).toBeUndefined();
  });

  it('stops when the process that ran it is killed, where the system can tell it', async () => {
    const killed = await inAnotherProcess(folder);
    const server = (await pid())!;
    killed.kill();
    await killed.ended;
    if (installed('setpriv') !== undefined) await eventually(() => !isAlive(server));
    else process.kill(server, 'SIGINT');
  });

  it('runs in a folder that only its user may enter', async () => {
    await chmod(parent, 0o700);
    const closed = await start();
    await asked(closed, 'create table indoors (word text)');
    await closed.stop();

    await chmod(parent, 0o755);
    expect(await asked(await start(), 'select * from indoors')).toEqual([]);
  });

  it('moves to another port when somebody took its own', async () => {
    const launcher = join(folder, 'data', 'launcher.json');
    const settings = JSON.parse(await readFile(launcher, 'utf8'));
    const neighbour = Number(new URL(process.env['TESTING_DATABASE_URL']!).port);
    await writeFile(launcher, JSON.stringify({ ...settings, port: neighbour }));

    const second = await start();
    expect(second.port).not.toBe(neighbour);
    expect(await asked(second, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('is not fooled by a process that got the number of a server long gone', async () => {
    const first = await start();
    const file = await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8');
    await first.stop();
    await writeFile(join(folder, 'data', 'postmaster.pid'), file.replace(/^\d+/, String(process.pid)));
    expect(await asked(await start(), 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('says what the server said when it does not start', async () => {
    const path = join(folder, 'data', 'PG_VERSION');
    const version = await readFile(path, 'utf8');
    await writeFile(path, '9\n');
    await expect(start()).rejects.toThrow(/^PostgreSQL did not start: .*(incompatible|version)/);
    await writeFile(path, version);
  });

  it('says which file is missing when the passwords of a database are lost', async () => {
    const path = join(folder, 'data', 'launcher.json');
    await rename(path, join(parent, 'lost'));
    await expect(start()).rejects.toThrow(/data misses launcher.json/);
    await rename(join(parent, 'lost'), path);
  });
});

const asked = async (server: EmbeddedPostgres, sql: string): Promise<unknown[]> => {
  const database = await Database.open({ url: server.url, applicationName: 'spec', poolSize: 1 });
  try {
    return await database.query(sql);
  } finally {
    await database.close();
  }
};

const installed = (program: string): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find(existsSync);

/** A PATH on which nothing but these programs is found, as far as they are installed. */
const onlyWith = (programs: readonly string[], parent: string): string => {
  const bin = join(parent, 'bin');
  mkdirSync(bin);
  for (const program of programs) {
    const found = installed(program);
    if (found !== undefined) symlinkSync(found, join(bin, program));
  }
  return bin;
};

/** Starts the server from a Node process of its own, which can be killed. */
const inAnotherProcess = async (folder: string, path = process.env['PATH']) => {
  const built = resolve(__dirname, '../../../dist/libs/postgres/src/index.js');
  const script = `
    require(${JSON.stringify(built)})
      .startEmbeddedPostgres({ folder: ${JSON.stringify(folder)}, report: () => undefined })
      .then(({ url }) => process.stdout.write(url.reveal()));
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--eval', script], { env: { PATH: path }, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [url] = await once(child.stdout, 'data');
  return { url: String(url), ended, kill: () => child.kill('SIGKILL') };
};
