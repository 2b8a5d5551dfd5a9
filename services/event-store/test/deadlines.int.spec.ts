import { connect, createServer, type Socket } from 'node:net';
import { Database } from '#postgres';
import { eventually, listening, testCertificate, type TestCertificate } from '#testing';
import { BACKWARDS, DeadlineExceededError, END, eventTypeFilter, START } from '@eventstore/db-client';
import { event, events, eventsOf, idsOf, newStream } from './events';
import { metricsOf } from './metrics';
import { runningEventStore, type RunningEventStore } from './running-event-store';
import { credentialsOf, passwordOf, usersFile } from './users';

let store: RunningEventStore;
let owner: Database;
beforeAll(async () => {
  store = await runningEventStore({ httpPort: 0 });
  owner = await Database.open({ url: store.database.ownerUrl, applicationName: 'spec', poolSize: 1 });
});
afterAll(async () => {
  await owner.close();
  await store.close();
});

/** While the table is locked nothing can be stored: a database that does not get on. */
const whileNothingIsStored = <Result>(work: () => Promise<Result>, of = owner): Promise<Result> =>
  of.transaction(async (tx) => {
    await tx.query('lock table log.events in share mode');
    return work();
  });

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no failure',
    (error: unknown) => error,
  );

describe('the deadline of an append', () => {
  it('is kept by the server where only it knows of it: BatchAppend', async () => {
    const [stream, begun, queued] = [newStream(), event(), event()];
    const began = Date.now();
    const failures = await whileNothingIsStored(async () => {
      const first = failure(store.client.appendToStream(stream, begun, { deadline: 400 }));
      await eventually(async () => ((await metricsOf(store))['patchbay_log_writer_lag_seconds'] ?? 0) > 0);
      return Promise.all([first, failure(store.client.appendToStream(stream, queued, { deadline: 300 }))]);
    });
    expect(Date.now() - began).toBeLessThan(2_500);
    for (const each of failures) expect(each).toBeInstanceOf(DeadlineExceededError);
    // What was begun is stored all the same, which is why it is asked for again with the same ids; what waited never is.
    await eventually(async () => expect(idsOf(await eventsOf(store.client, stream))).toEqual([begun.id]));
    expect((await store.client.appendToStream(stream, begun)).nextExpectedRevision).toBe(0n);
    expect(idsOf(await eventsOf(store.client, stream))).toEqual([begun.id]);
  });

  it('does not end the call that other appends share', async () => {
    const before = (await metricsOf(store))['patchbay_log_open_calls{kind="batch-append"}'];
    await whileNothingIsStored(() => failure(store.client.appendToStream(newStream(), event(), { deadline: 100 })));
    expect((await store.client.appendToStream(newStream(), event())).success).toBe(true);
    expect((await metricsOf(store))['patchbay_log_open_calls{kind="batch-append"}']).toBe(before);
  });

  it('is that of the call where the append is a call of its own: Append', async () => {
    const identity: TestCertificate = await testCertificate();
    const users = await usersFile({ admin: ['$admins'] });
    const guarded = await runningEventStore({ tls: identity, users: users.path });
    const ownerOfGuarded = await Database.open({ url: guarded.database.ownerUrl, applicationName: 'spec', poolSize: 1 });
    const port = guarded.target.split(':')[1] ?? '';
    const client = guarded.connect(
      `esdb://${credentialsOf('admin')}@localhost:${port}?tls=true&tlsCAFile=${encodeURIComponent(identity.certificate)}`,
    );
    const credentials = { username: 'admin', password: passwordOf('admin') };
    await client.appendToStream(newStream(), event(), { credentials });
    const late = await whileNothingIsStored(
      () => failure(client.appendToStream(newStream(), event(), { credentials, deadline: 300 })),
      ownerOfGuarded,
    );
    expect(late).toBeInstanceOf(DeadlineExceededError);
    await ownerOfGuarded.close();
    await guarded.close();
    await Promise.all([users.remove(), identity.remove()]);
  });
});

describe('a reader that has left', () => {
  const read = async (): Promise<number> => (await metricsOf(store))['patchbay_log_events_read_total'] ?? 0;
  const openCalls = async (kind: string, of = store): Promise<number> =>
    (await metricsOf(of))[`patchbay_log_open_calls{kind="${kind}"}`] ?? 0;

  it('is read for no further', async () => {
    const stream = newStream();
    for (let rounds = 0; rounds < 8; rounds += 1) await store.client.appendToStream(stream, events(1_000));
    const before = await read();
    const reading = store.connect().readStream(stream, { direction: BACKWARDS, fromRevision: END });
    reading.on('error', () => undefined);
    await new Promise((resolve) => reading.once('readable', resolve));
    await reading.cancel();
    await eventually(async () => (await openCalls('read')) === 0);
    expect((await read()) - before).toBeLessThan(8_000);
  });

  it('is looked for no further either, where its filter lets nothing through', async () => {
    const before = await read();
    const subscription = store.connect().subscribeToAll({
      fromPosition: START,
      filter: eventTypeFilter({ regex: '^nothing$', checkpointInterval: 1_000_000 }),
    });
    subscription.on('error', () => undefined);
    await new Promise((resolve) => subscription.once('confirmation', resolve));
    await subscription.unsubscribe();
    await eventually(async () => (await openCalls('subscription')) === 0);
    expect((await read()) - before).toBeLessThan(8_000);
  });

  it('is noticed by the pings it does not answer: its calls end', async () => {
    const halves: Socket[] = [];
    const attentive = await runningEventStore({ httpPort: 0, keepAlive: { intervalMs: 200, timeoutMs: 800 } });
    const [, port] = attentive.target.split(':');
    const network = await listening(
      createServer((near) => {
        const far = connect(Number(port), '127.0.0.1');
        near.pipe(far).pipe(near);
        halves.push(near, far);
        for (const half of [near, far]) half.on('error', () => undefined);
      }),
    );
    const subscription = attentive.connect(`esdb://127.0.0.1:${network.port}?tls=false`).subscribeToAll();
    subscription.on('error', () => undefined);
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    expect(await openCalls('subscription', attentive)).toBe(1);
    for (const half of halves) half.unpipe().pause(); // the line is there and carries nothing
    await eventually(async () => (await openCalls('subscription', attentive)) === 0);
    await network.stop();
    for (const half of halves) half.destroy();
    await attentive.close();
  });
});
