import { eventually, testDatabase, type TestDatabase } from '#testing';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Secret } from '#secret';
import { AdvisoryLock } from './advisory-lock';
import { Database } from './database';
import { targetOf } from './database-target';

describe('an advisory lock', () => {
  let test: TestDatabase;
  let url: Secret;
  let owner: Database;

  beforeAll(async () => {
    test = await testDatabase();
    url = test.urlFor('patchbay_projections');
    owner = await Database.open({ url: test.ownerUrl, applicationName: 'spec-owner' });
  });

  afterAll(async () => {
    await owner.close();
    await test.drop();
  });

  const terminate = async (applicationName: string) => {
    const ended = await owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and datname = current_database()`,
      [applicationName],
    );
    expect(ended).toHaveLength(1);
  };

  it('is held by one at a time, and free again when it was released', async () => {
    const first = await AdvisoryLock.tryAcquire(url, 'gate');
    expect(first).not.toBeNull();
    expect(await AdvisoryLock.tryAcquire(url, 'gate')).toBeNull();
    const other = await AdvisoryLock.tryAcquire(url, 'another gate');
    expect(other).not.toBeNull();
    await first?.release();
    await other?.release();
    expect(first?.lost.aborted).toBe(false);
    const next = await AdvisoryLock.tryAcquire(url, 'gate');
    expect(next).not.toBeNull();
    await next?.release();
  });

  it('leaves no connection behind when it was refused or released', async () => {
    const held = await AdvisoryLock.tryAcquire(url, 'gate', { applicationName: 'holder' });
    await AdvisoryLock.tryAcquire(url, 'gate', { applicationName: 'holder' });
    await held?.release();
    await eventually(async () => {
      expect(await owner.query(`select 1 from pg_stat_activity where application_name = 'holder'`)).toEqual([]);
    });
  });

  it('is lost, with word to its holder, when its connection is terminated, and passes to whoever waits', async () => {
    const holder = await AdvisoryLock.tryAcquire(url, 'gate', { applicationName: 'holder' });
    const lost = new Promise((resolve) => holder?.lost.addEventListener('abort', resolve, { once: true }));
    const waiting = AdvisoryLock.acquire(url, 'gate', { signal: AbortSignal.timeout(10_000) });
    await terminate('holder');
    await lost;
    const successor = await waiting;
    expect(successor.lost.aborted).toBe(false);
    await successor.release();
    await holder?.release();
  });

  it('passes on from a holder that the server hears nothing of, and not before its lease is over', async () => {
    const road = await roadTo(url);
    const holder = await AdvisoryLock.tryAcquire(road.url, 'gate', { leaseMs: 600 });
    const others = () => AdvisoryLock.tryAcquire(url, 'gate');
    const until = Date.now() + 1_200;
    await eventually(() => Date.now() > until);
    expect(await others()).toBeNull();
    road.block();
    await eventually(async () => {
      const successor = await others();
      expect(successor).not.toBeNull();
      await successor?.release();
    });
    road.close();
    await eventually(() => holder?.lost.aborted === true);
  });

  it('is waited for through a lost connection', async () => {
    const holder = await AdvisoryLock.tryAcquire(url, 'gate');
    const waiting = AdvisoryLock.acquire(url, 'gate', { signal: AbortSignal.timeout(10_000), applicationName: 'waiter' });
    await eventually(() => terminate('waiter'));
    await holder?.release();
    await (await waiting).release();
  });

  it('is waited for until nobody wants it any longer', async () => {
    const holder = await AdvisoryLock.tryAcquire(url, 'gate');
    const enough = new AbortController();
    const waiting = AdvisoryLock.acquire(url, 'gate', { signal: enough.signal });
    enough.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await holder?.release();
  });

  it('is not waited for where waiting does not help', async () => {
    const stranger = new URL(url.reveal());
    stranger.password = 'wrong';
    await expect(AdvisoryLock.acquire(Secret.of(stranger.href), 'gate', { signal: AbortSignal.timeout(10_000) })).rejects.toMatchObject({
      code: '28P01',
    });
  });

  it('is lost when the server falls silent without closing the connection', async () => {
    const road = await roadTo(url);
    const holder = await AdvisoryLock.tryAcquire(road.url, 'gate');
    road.block();
    await eventually(() => holder?.lost.aborted === true, { within: 10_000 });
    await holder?.release();
    road.close();
  });
});

/** A relay before the server that can be told to let nothing more through. */
const roadTo = async (url: Secret) => {
  const { host, port } = targetOf(url);
  const sockets: Socket[] = [];
  const relay = createServer((near) => {
    const far = connect(port, host);
    sockets.push(near, far);
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const here = new URL(url.reveal());
  here.port = String((relay.address() as AddressInfo).port);
  return {
    url: Secret.of(here.href),
    block: () => sockets.forEach((socket) => socket.unpipe().pause()),
    close: () => {
      sockets.forEach((socket) => socket.destroy());
      relay.close();
    },
  };
};
