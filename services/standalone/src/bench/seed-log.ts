import { newCommandId, type NewEvent } from '#event-store';
import { chainStart, eventCodec } from '#events';
import { targetOf } from '#postgres';
import type { Secret } from '#secret';
import { Client } from 'pg';
import { v7 } from 'uuid';
import { randomFrom } from '../random-from';
import type { Scratch } from '../scratch';
import { ConnectionLife, type LifeEvent } from './connection-lives';

const eventsPerConnection = 20;
const rowsPerInsert = 1_000;
const tellEach = 100_000;

/**
 * Fills an empty log with connections' lives: a log as it is after months. What creates a connection stands together, what happens to it later
 * is scattered over the rest.
 */
export async function seedLog(scratch: Scratch, ownerUrl: Secret, events: number): Promise<void> {
  await fillLog(scratch, ownerUrl, history(events));
}

/** Writes events that begin with `opened()` straight into the table of an empty log that no server runs on yet. */
export async function fillLog({ unwanted, say }: Scratch, ownerUrl: Secret, events: Iterable<LifeEvent>): Promise<void> {
  const client = new Client({ ...targetOf(ownerUrl), application_name: 'patchbay-bench' });
  await client.connect();
  try {
    let position = 0;
    let rows: LifeEvent[] = [];
    const flush = async (): Promise<void> => {
      unwanted.throwIfAborted();
      await client.query({ ...insertRows, values: valuesOf(rows, position + 1) });
      position += rows.length;
      rows = [];
      if (position % tellEach === 0) say(`${position.toLocaleString('en')} events are in the log.`);
    };
    for (const event of events) {
      rows.push(event);
      if (rows.length === rowsPerInsert) await flush();
    }
    if (rows.length > 0) await flush();
    await client.query('vacuum analyze log.events');
  } finally {
    await client.end();
  }
}

function* history(events: number): Generator<LifeEvent> {
  yield opened();
  const random = randomFrom(42); // the same log each time
  const living: { life: ConnectionLife; left: number }[] = [];
  for (let count = 1, born = 0; count < events;) {
    const chosen = Math.floor(random() * living.length);
    const one = random() * (eventsPerConnection - 2) < 1 ? undefined : living[chosen];
    if (one === undefined) {
      const life = new ConnectionLife((born += 1));
      const first = Math.min(3, events - count);
      for (let nth = 0; nth < first; nth += 1) yield life.next();
      living.push({ life, left: eventsPerConnection - 3 });
      count += first;
      continue;
    }
    yield one.life.next();
    count += 1;
    one.left -= 1;
    if (one.left > 0) continue;
    const last = living.pop();
    if (last !== undefined && last !== one) living[chosen] = last;
  }
}

/** The first event of every log. */
export function opened(): LifeEvent {
  const commandId = newCommandId();
  const event: NewEvent = eventCodec.encode(
    { type: 'LogOpened', data: { logId: v7() } },
    {
      stream: 'log',
      revision: 0,
      eventId: v7(),
      prevHash: chainStart,
      occurredAt: new Date().toISOString(),
      context: { commandId, correlationId: commandId, causationId: commandId, workspaceId: null, actor: { kind: 'system', id: 'bench' } },
    },
  );
  return { stream: 'log', revision: 0, event };
}

const insertRows = {
  name: 'insert-rows',
  text: `
    insert into log.events (position, stream, revision, event_id, type, is_json, data, metadata, created)
    select placed.position, placed.stream, placed.revision, placed.event_id, placed.type, true,
           convert_to(placed.data, 'UTF8'), convert_to(placed.metadata, 'UTF8'), now()
    from unnest($1::bigint[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::text[])
      as placed (position, stream, revision, event_id, type, data, metadata)`,
};

function valuesOf(rows: readonly LifeEvent[], position: number): unknown[] {
  return [
    rows.map((_, index) => position + index),
    rows.map(({ stream }) => stream),
    rows.map(({ revision }) => revision),
    rows.map(({ event }) => event.id),
    rows.map(({ event }) => event.type),
    rows.map(({ event }) => JSON.stringify(event.data)),
    rows.map(({ event }) => JSON.stringify(event.metadata)),
  ];
}
