import { Database } from '#postgres';
import { CannotStart } from '#runtime';
import { eventually, testDatabase } from '#testing';
import { UnavailableError } from '@eventstore/db-client';
import { eventStoreMigrations } from '../src/migrations';
import { writerName } from '../src/writer-session';
import { event, events, eventsOf, idsOf, newStream, wholeLog } from './events';
import { runningEventStore, startEventStore, type RunningEventStore } from './running-event-store';

let store: RunningEventStore;
beforeEach(async () => (store = await runningEventStore()));
afterEach(() => store.close());

/** Asks the database behind the server's back. */
const ask = async (sql: string, parameters: readonly unknown[] = []): Promise<void> => {
  const database = await Database.open({ url: store.database.urlFor('patchbay_log'), applicationName: 'spec', poolSize: 1 });
  await database.query(sql, parameters).finally(() => database.close());
};

/** Ends the writer's connection as an administrator would, or a failover. */
const killWriter = (): Promise<void> =>
  ask('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and datname = current_database()', [writerName]);

/** Appends until it is stored, always with the same id, as the adapter of the port does. */
const persist = async (stream: string, one: ReturnType<typeof event>): Promise<{ refusals: unknown[] }> => {
  const refusals: unknown[] = [];
  await eventually(() =>
    store.client.appendToStream(stream, one).catch((error: unknown) => {
      refusals.push(error);
      throw error;
    }),
  );
  return { refusals };
};

describe('the log', () => {
  it('has one writer: a second server on the database refuses to start, and says why', async () => {
    await expect(store.startAnother()).rejects.toMatchObject({
      constructor: CannotStart,
      message: 'Another event store writes the log in this database: stop it first, a log has one writer.',
    });
    expect((await store.client.appendToStream(newStream(), event())).success).toBe(true);
  });

  it('is served at one address: a server whose port is taken refuses to start, and lets go of the log', async () => {
    const grpcSpeaks = jest.spyOn(console, 'error').mockReturnValue();
    const port = Number(store.target.split(':')[1]);
    const database = await testDatabase({ migrations: eventStoreMigrations });
    await expect(startEventStore(database, port)).rejects.toMatchObject({
      constructor: CannotStart,
      message: expect.stringContaining(`cannot listen on 127.0.0.1:${port}`),
    });
    grpcSpeaks.mockRestore();
    const service = await startEventStore(database, 0);
    expect(await service.ready()).toMatchObject([{ up: true }, { up: true }]);
    await service.stop();
    await database.drop();
  });

  it('is not served from a database that was not migrated', async () => {
    const database = await testDatabase();
    await expect(startEventStore(database, 0)).rejects.toMatchObject({
      constructor: CannotStart,
      message: expect.stringContaining('run npm run migrate'),
    });
    await database.drop();
  });

  it('goes on after a restart where it was: positions, revisions, and what it knows of repeated appends', async () => {
    const stream = newStream();
    const sent = events(3);
    await store.client.appendToStream(stream, sent);
    await store.restart();
    await persist(stream, sent[0]!);
    await persist(stream, event());
    const log = await wholeLog(store.client);
    expect(log.map(({ position, revision }) => [position.commit, revision])).toEqual([
      [1n, 0n],
      [2n, 1n],
      [3n, 2n],
      [4n, 3n],
    ]);
  });

  it('loses and doubles nothing when the connection that writes is ended again and again under load', async () => {
    const sent = Array.from({ length: 400 }, () => ({ stream: `connection-${Math.floor(Math.random() * 20)}`, one: event() }));
    const controls = events(5);
    const refusals: unknown[] = [];
    const writers = Array.from({ length: 16 }, async (_, writer) => {
      for (const { stream, one } of sent.filter((_each, nth) => nth % 16 === writer))
        refusals.push(...(await persist(stream, one)).refusals);
    });
    for (let kills = 0; kills < controls.length; kills += 1) {
      await killWriter();
      refusals.push(...(await persist('control', controls[kills]!)).refusals);
    }
    await Promise.all(writers);
    const log = await wholeLog(store.client);
    expect(idsOf(log).sort()).toEqual(idsOf([...controls, ...sent.map(({ one }) => one)]).sort());
    expect(log.map(({ position }) => position.commit)).toEqual(log.map((_, nth) => BigInt(nth + 1)));
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals.every((refusal) => refusal instanceof UnavailableError)).toBe(true);
  });

  it('shows subscribers a commit whose answer was lost, and goes on behind it', async () => {
    const heard: string[] = [];
    const subscription = store.connect().subscribeToAll();
    subscription.on('data', ({ event: recorded }) => recorded !== undefined && heard.push(recorded.id));
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    const [lost, next] = [event(), event()];
    await ask("insert into log.events values (1, 'connection-1', 0, $1, 'ConnectionRenamed.v1', true, '{}', '', now())", [lost.id]);

    await killWriter();

    await eventually(() => heard.length === 1);
    await persist('connection-1', lost);
    await persist('connection-1', next);
    await eventually(() => heard.length === 2);
    expect(heard).toEqual([lost.id, next.id]);
  });

  it('forgets what it knew when a commit fails, so the next one begins at what is there', async () => {
    await store.client.appendToStream('connection-1', event());
    await ask("insert into log.events values (2, 'connection-1', 1, gen_random_uuid(), 'Stray', false, '', '', now())");
    const { refusals } = await persist('connection-1', event());
    expect(refusals[0]).toBeInstanceOf(UnavailableError);
    expect((await wholeLog(store.client)).map(({ type, revision }) => [type, revision])).toEqual([
      ['ConnectionRenamed.v1', 0n],
      ['Stray', 1n],
      ['ConnectionRenamed.v1', 2n],
    ]);
  });

  it('is not ready while it cannot be written, and is again by itself', async () => {
    expect(await store.ready()).toBe(true);
    await killWriter();
    const { refusals } = await persist(newStream(), event());
    expect(refusals[0]).toBeInstanceOf(UnavailableError);
    await eventually(() => store.ready());
  });

  it('can be read while it cannot be written, also after the connections that read were ended', async () => {
    const stream = newStream();
    const sent = events(3);
    await store.client.appendToStream(stream, sent);
    await ask(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'patchbay-log-%' and datname = current_database()",
    );
    expect(idsOf(await eventsOf(store.connect(), stream))).toEqual(idsOf(sent));
  });
});
