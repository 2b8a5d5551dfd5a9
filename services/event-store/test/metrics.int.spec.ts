import { eventually } from '#testing';
import { Database } from '#postgres';
import { NO_STREAM } from '@eventstore/db-client';
import { event, events, newStream, wholeLog } from './events';
import { metricsOf } from './metrics';
import { runningEventStore, type RunningEventStore } from './running-event-store';

let store: RunningEventStore;
beforeEach(async () => (store = await runningEventStore({ httpPort: 0 })));
afterEach(() => store.close());

describe('the metrics of the event store', () => {
  it('count appends by what became of them, and the commits they shared', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, event());
    await Promise.all(Array.from({ length: 40 }, () => store.client.appendToStream(newStream(), event())));
    await store.client.appendToStream(stream, event(), { expectedRevision: NO_STREAM }).catch(() => undefined);
    const metrics = await metricsOf(store);
    expect(metrics).toMatchObject({
      'patchbay_log_writes_total{outcome="stored"}': 41,
      'patchbay_log_writes_total{outcome="wrong-expected-version"}': 1,
      patchbay_log_commit_writes_sum: 41,
      patchbay_log_position: 41,
      patchbay_log_writable: 1,
      patchbay_log_writer_lag_seconds: 0,
    });
    expect(metrics['patchbay_log_commit_writes_count']).toBeLessThan(41);
    expect(metrics['patchbay_log_commit_duration_seconds_count']).toBe(metrics['patchbay_log_commit_writes_count']);
  });

  it('count reads, and subscriptions for as long as they last', async () => {
    await store.client.appendToStream(newStream(), events(3));
    await wholeLog(store.client);
    const subscription = store.client.subscribeToAll();
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    expect(await metricsOf(store)).toMatchObject({
      'patchbay_log_calls_total{kind="read"}': 1,
      'patchbay_log_open_calls{kind="read"}': 0,
      'patchbay_log_open_calls{kind="subscription"}': 1,
      'patchbay_log_open_calls{kind="batch-append"}': 1,
      patchbay_log_events_read_total: 6,
    });
    await subscription.unsubscribe();
    await eventually(async () => (await metricsOf(store))['patchbay_log_open_calls{kind="subscription"}'] === 0);
  });

  it('say for how long a write has been waiting', async () => {
    const owner = await Database.open({ url: store.database.ownerUrl, applicationName: 'spec', poolSize: 1 });
    const waiting = owner.transaction(async (tx) => {
      await tx.query('lock table log.events in share mode');
      const append = store.client.appendToStream(newStream(), event());
      await eventually(async () => ((await metricsOf(store))['patchbay_log_writer_lag_seconds'] ?? 0) > 0.05);
      return { append };
    });
    await (
      await waiting
    ).append;
    expect((await metricsOf(store))['patchbay_log_writer_lag_seconds']).toBe(0);
    await owner.close();
  });

  it('count what is deleted in the background', async () => {
    const stream = newStream();
    await store.client.appendToStream(stream, events(5));
    await store.client.setStreamMetadata(stream, { maxCount: 2 });
    await eventually(async () => (await metricsOf(store))['patchbay_log_events_deleted_total'] === 3, { within: 10_000 });
  });

  it('have answers beside them: whether the process turns, and whether the log can be written', async () => {
    expect(await (await fetch(`${store.http}/healthz`)).json()).toEqual({ status: 'up' });
    const readiness = await fetch(`${store.http}/readyz`);
    expect([readiness.status, await readiness.json()]).toMatchObject([200, { checks: [{ name: 'log_database' }, { name: 'log_writer' }] }]);
  });

  it('name no stream, no event and no user', async () => {
    await store.client.appendToStream('connection-canary', event('Canary.v1'));
    expect(await (await fetch(`${store.http}/metrics`)).text()).not.toMatch(/canary/i);
  });
});
