import { eventually } from '#testing';
import { CancelledError, START } from '@eventstore/db-client';
import { status } from '@grpc/grpc-js';
import { event, events, idsOf, newStream, wholeLog } from './events';
import { runningEventStore, type RunningEventStore } from './running-event-store';

let store: RunningEventStore;
beforeEach(async () => (store = await runningEventStore()));
afterEach(() => store.close());

describe('stopping', () => {
  it('answers every append it stored, and cancels the rest', async () => {
    const answered: string[] = [];
    const refusals: unknown[] = [];
    const writing = Promise.all(
      Array.from({ length: 64 }, async () => {
        while (refusals.length === 0) {
          const one = event();
          await store.client.appendToStream(newStream(), one).then(
            () => answered.push(one.id),
            (error: unknown) => refusals.push(error),
          );
        }
      }),
    );
    await eventually(() => answered.length > 200);
    await store.restart();
    await writing;
    expect(idsOf(await wholeLog(store.connect())).sort()).toEqual(answered.sort());
    const told = refusals.map((refusal) => (refusal as { code?: number }).code);
    expect(told.filter((code) => code !== status.CANCELLED && code !== status.UNAVAILABLE)).toEqual([]);
  });

  it('cancels subscriptions, so that clients connect anew and go on where they were', async () => {
    const subscription = store.connect().subscribeToAll();
    const ended = new Promise((resolve) => subscription.once('error', resolve));
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    await store.restart();
    expect(await ended).toBeInstanceOf(CancelledError);
    expect(await ended).toMatchObject({ message: expect.stringContaining('The event store is stopping.') });
  });

  it('takes no more than five seconds, also before a client that takes nothing of what it asked for', async () => {
    await store.client.appendToStream(newStream(), events(500));
    const large = Array.from({ length: 20 }, () => ({ ...event(), data: { filling: 'x'.repeat(900_000) } }));
    for (const each of large) await store.client.appendToStream(newStream(), each);
    const read = store.connect().readAll({ fromPosition: START }); // nobody takes its events
    read.on('error', () => undefined);
    await new Promise((resolve) => read.once('readable', resolve));
    const began = Date.now();
    await store.stop();
    expect(Date.now() - began).toBeLessThan(6_000);
  });

  it('refuses who comes meanwhile', async () => {
    await store.stop();
    await expect(store.connect().appendToStream(newStream(), event())).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });
});
