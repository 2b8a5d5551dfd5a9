import { eventually, listening, testDatabase, testEventStore } from '#testing';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { standaloneConfig } from '../src/config';
import { isAlive, RunningStandalone, token } from './running-standalone';

jest.setTimeout(120_000);

describe('starting Patchbay', () => {
  let parent: string;
  let folder: string;
  const running: RunningStandalone[] = [];

  const start = async (environment: Record<string, string> = {}): Promise<RunningStandalone> => {
    const standalone = await RunningStandalone.start(folder, environment);
    running.push(standalone);
    return standalone;
  };

  /** Starts what cannot start, and answers how it ended and what it said about it. */
  const refused = async (environment: Record<string, string> = {}): Promise<{ end: unknown; sentence: string; said: string }> => {
    const standalone = RunningStandalone.launch(folder, environment);
    const end = await standalone.ended;
    const lines = standalone.output.trimEnd().split('\n');
    expect(standalone.output).not.toMatch(/ready|^\s+at /m);
    expect(await standalone.postgresPid()).toBeNull();
    return { end, sentence: lines.at(-1) ?? '', said: standalone.output };
  };

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'patchbay-e2e-'));
    folder = join(parent, 'data');
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((standalone) => standalone.stop()));
    await rm(parent, { recursive: true, force: true });
  });

  it('on a taken port says so and ends', async () => {
    const other = await listening(createServer());
    const { end, sentence } = await refused({ PATCHBAY_HTTP_PORT: String(other.port) });
    await other.stop();
    expect(end).toBe(1);
    expect(sentence).toBe(`Port ${other.port} is taken by another process: stop it, or name another port in PATCHBAY_HTTP_PORT.`);
    expect(await readdir(folder)).not.toContain('standalone.lock');
  });

  it.each(['PATCHBAY_HTTP_PORT', 'PATCHBAY_METRICS_PORT'])(
    'on a port of %s that is taken while it starts says so and ends',
    async (variable) => {
      const free = await listening(createServer());
      await free.stop();
      const { port } = free;
      const standalone = RunningStandalone.launch(folder, { [variable]: String(port) });
      await eventually(() => standalone.output.includes('The event log is at'), { within: 60_000 });
      const other = await listening(createServer(), port);
      expect(await standalone.ended).toBe(1);
      await other.stop();
      const sentence = `Port ${port} is taken by another process: stop it, or name another port in ${variable}.`;
      expect(standalone.output.trimEnd().split('\n').at(-1)).toBe(sentence);
    },
  );

  it('without the key ring that its secrets hang on waits for it, names the key, and goes on once it is back', async () => {
    const first = await start();
    const { output: bearer } = await token(folder, '--workspace', 'acme', '--role', 'admin');
    const answer = await fetch(`${first.url}/v1/workspaces/acme/connections`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json', 'idempotency-key': 'once' },
      body: JSON.stringify({ connector: 'date', name: 'Sealed' }),
    });
    expect(answer.status).toBe(201);
    await first.stop();
    const [ring, away] = [join(folder, 'key-ring.json'), join(parent, 'away.json')];
    await rename(ring, away);

    const second = RunningStandalone.launch(folder);
    running.push(second);
    const said =
      /^The vault is sealed: it needs the root key [0-9a-f-]{36}\. Bring it back in .*key-ring\.json: all goes on by itself then\.$/m;
    await eventually(() => said.test(second.output), { within: 60_000 });
    expect(existsSync(ring)).toBe(false);
    await rename(away, ring);
    await eventually(() => second.url !== '', { within: 30_000 });
  });

  it('in a folder that cannot be written says so and ends', async () => {
    await writeFile(join(parent, 'file'), '');
    folder = join(parent, 'file', 'data');
    expect(await refused()).toMatchObject({
      end: 1,
      sentence: `The folder ${folder} cannot be written (ENOTDIR): let this user write to it, or name another in PATCHBAY_DATA.`,
    });
  });

  it('in a folder that another one uses names that one, which goes on', async () => {
    const first = await start();
    const second = RunningStandalone.launch(folder);
    expect(await second.ended).toBe(1);
    expect(second.output).toContain(`Another Patchbay (process ${first.process.pid}) uses the folder ${folder}`);
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  });

  it.each([
    [
      'a database that nobody serves',
      { DATABASE_URL: 'postgres://a:canary@127.0.0.1:1/b' },
      1,
      /^The database in DATABASE_URL does not answer/,
    ],
    ['a database URL that is none', { DATABASE_URL: 'canary' }, 78, /^ {2}DATABASE_URL is not a URL that begins with postgres:/],
    [
      'an event store that nobody serves',
      { EVENT_STORE_URL: 'esdb://127.0.0.1:1?tls=false' },
      1,
      /^Nothing answers at 127\.0\.0\.1:1, which/,
    ],
    [
      'an event store URL that is none',
      { EVENT_STORE_URL: 'http://127.0.0.1' },
      78,
      /^ {2}EVENT_STORE_URL is not a URL that begins with esdb:/,
    ],
    ['a range that is none', { OUTBOUND_ALLOWED_CIDRS: '10.0.0.0/33' }, 1, /^OUTBOUND_ALLOWED_CIDRS: "10\.0\.0\.0\/33" is not a range/],
    ['a name that nobody reads', { PATCHBAY_HTTP_PROT: '1' }, 78, /did you mean PATCHBAY_HTTP_PORT\?$/],
  ])('with %s says so and ends', async (_, environment: Record<string, string>, status, pattern) => {
    const { end, sentence } = await refused(environment);
    expect(sentence).toMatch(pattern);
    expect(sentence).not.toContain('canary');
    expect(end).toBe(status);
  });

  it('with an event store URL that names something else says so and ends', async () => {
    const other = await listening(createServer((socket) => socket.end('220 mail.example ESMTP\r\n')));
    const { sentence, said } = await refused({ EVENT_STORE_URL: `esdb://127.0.0.1:${other.port}?tls=false` });
    await other.stop();
    expect(sentence).toBe('What EVENT_STORE_URL names does not answer as EventStoreDB does: check host, port and tls in it.');
    expect(said).not.toContain('{'); // sentences, no log
  });

  it('with a database that refuses the password says so and ends', async () => {
    const database = await testDatabase();
    const url = new URL(database.ownerUrl.reveal());
    url.password = 'canary';
    const { sentence } = await refused({ DATABASE_URL: url.href });
    await database.drop();
    expect(sentence).toBe('The database refused the user or the password in DATABASE_URL.');
  });

  it('gives up at once when it is told to stop before it is ready', async () => {
    const standalone = RunningStandalone.launch(folder);
    await eventually(() => standalone.output.includes('PostgreSQL creates'), { within: 20_000 });
    const { end, afterMs } = await standalone.stop();
    expect(end).toBe(0);
    expect(afterMs).toBeLessThan(10_000);
    expect(await standalone.postgresPid()).toBeNull();
  });

  it('takes over the PostgreSQL that a killed run left behind, and stops it', async () => {
    // Without setpriv the server does not learn that its parent was killed.
    const bin = join(parent, 'bin');
    await mkdir(bin);
    for (const program of ['unshare', 'true']) await link(program, bin);
    const killed = await RunningStandalone.start(folder, { PATH: bin });
    const forgotten = (await killed.postgresPid()) ?? 0;
    await killed.stop('SIGKILL');
    expect(isAlive(forgotten)).toBe(true);

    const next = await start();
    expect(await next.postgresPid()).toBe(forgotten);
    expect((await next.stop()).end).toBe(0);
    expect(await next.postgresPid()).toBeNull();
  });

  it('on a PostgreSQL and an event store of one’s own starts neither, and leaves both running', async () => {
    const database = await testDatabase();
    const eventStore = await testEventStore();
    await mkdir(folder);
    await copyFile(join(process.env['TESTING_ROLE_PASSWORDS'] ?? '', 'role-passwords.json'), join(folder, 'role-passwords.json'));
    const standalone = await start({ DATABASE_URL: database.ownerUrl.reveal(), EVENT_STORE_URL: eventStore.url });
    expect(await readdir(folder)).not.toContain('postgres');
    const asked = await token(folder, '--service', 'engine', '--scope', 'connections:read', '--workspaces', '*');
    const list = await standalone.call('GET', '/v1/workspaces/acme/connections', { token: asked.output });
    expect(list).toMatchObject({ status: 200, body: { items: [] } });
    expect((await standalone.stop()).end).toBe(0);
    await eventStore.drop();
    await database.drop();
  });

  it('is what makes the local issuer: without it there are no tokens', async () => {
    expect(await token(folder, '--workspace', 'acme', '--role', 'admin')).toEqual({
      status: 78,
      output: '',
      sentence: `There is no local issuer in ${folder}: start Patchbay there once with npm start, or name its folder in PATCHBAY_DATA.`,
    });
  });

  it('is explained with every setting, and nothing is started, when help is asked for', async () => {
    const standalone = RunningStandalone.launch(folder, {}, ['--help']);
    expect(await standalone.ended).toBe(0);
    for (const name of Object.keys(standaloneConfig.in.shape)) expect(standalone.output).toContain(name);
    expect(await readdir(parent)).toEqual([]);
  });

  /** Makes a program findable in a folder of its own. */
  async function link(program: string, bin: string): Promise<void> {
    const found = (process.env['PATH'] ?? '')
      .split(delimiter)
      .map((place) => join(place, program))
      .find(existsSync);
    if (found !== undefined) await symlink(found, join(bin, program));
  }
});
