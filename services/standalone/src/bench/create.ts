import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { nameStreamId } from '#domain';
import { eventIdOf, newCommandId } from '#event-store';
import { chainStart, eventCodec } from '#events';
import { readPrivateJson } from '#postgres';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Pool } from 'undici';
import { requirePort } from '../require-port';
import type { Scratch } from '../scratch';
import { adminToken, startStandaloneProcess } from '../standalone-process';
import type { Bench, BenchOptions, Measured } from './bench';
import { perSecond } from './in-flight';
import { medianRates } from './median-rates';

const inFlight = 32;
const defaultCreates = 1_000;
const defaultRounds = 5;

export const create: Bench = {
  name: 'create',
  sentence:
    'Connections created over HTTP, 32 in flight, in a standalone with everything in one process: each reserves its name, seals its API key, ' +
    'is verified by the sample service and appended. Raw: single-event appends, 32 in flight, to the log of the same standalone.',
  bar: 'none: it shows what a command costs beside its appends',
  run,
};

interface Round {
  readonly apiKey: number;
  readonly noAuth: number;
  readonly appends: number;
}

async function run(scratch: Scratch, { events = defaultCreates, rounds = defaultRounds }: BenchOptions): Promise<Measured> {
  const { parts, unwanted, say } = scratch;
  const dataFolder = join(scratch.folder, 'data');
  const httpPort = await requirePort(0);
  const standalone = parts.add(startStandaloneProcess({ dataFolder, httpPort }));
  await standalone.ready;
  const { port, apiKey } = (await readPrivateJson(join(dataFolder, 'sample-service.json'))) as { port: number; apiKey: string };
  const http = new Pool(`http://127.0.0.1:${httpPort}`, { connections: inFlight });
  parts.add({ stop: () => http.destroy() });
  const headers = { authorization: `Bearer ${await adminToken(dataFolder)}`, 'content-type': 'application/json' };
  const client = EventStoreDBClient.connectionString(await standalone.eventStoreUrl());

  const creates = (more: () => object): Promise<number> => {
    const bodies = Array.from({ length: events }, () => [JSON.stringify({ connector: 'http', name: randomUUID(), ...more() })]);
    return perSecond(
      bodies,
      inFlight,
      async (body) => {
        const { statusCode, body: answer } = await http.request({ method: 'POST', path: '/v1/workspaces/acme/connections', headers, body });
        const text = await answer.text();
        if (statusCode !== 201 || !text.includes('"active"')) throw new Error(`A connection was not created: ${text}`);
      },
      unwanted,
    );
  };
  const serviceUrl = `http://127.0.0.1:${port}`;
  const settings = {
    apiKeyIn: 'header',
    apiKeyName: 'X-Api-Key',
    verificationPath: '/whoami',
    accountIdPath: 'id',
    accountLabelPath: 'name',
  };
  const round = async (): Promise<Round> => {
    return {
      apiKey: await creates(() => ({ authType: 'api_key', serviceUrl, settings, credentials: { apiKey } })),
      noAuth: await creates(() => ({ authType: 'none', serviceUrl })),
      appends: await perSecond(reservations(events), inFlight, (reservation) => reservation(client), unwanted),
    };
  };

  const rates = await medianRates(rounds, round, say);
  return {
    figure: rates('apiKey'),
    unit: 'creates/s',
    raw: rates('appends'),
    conditions: {
      noAuthPerSecond: Math.round(rates('noAuth')),
      eventsPerCreate: { apiKey: 4, noAuth: 3 },
      appendsPerCreate: 2,
      inFlight,
      rounds,
      createsPerRound: events,
      service: 'the sample service, a process of its own',
    },
  };
}

/** Appends of an event that no table is made of, each to a stream of its own. */
function reservations(count: number): readonly (readonly ((client: EventStoreDBClient) => Promise<unknown>)[])[] {
  return Array.from({ length: count }, () => {
    const [commandId, connectionId] = [newCommandId(), randomUUID()];
    const stream = `name-${nameStreamId('acme', connectionId)}`;
    const { id, type, data, metadata } = eventCodec.encode(
      { type: 'NameReserved', data: { connectionId, commandId } },
      {
        stream,
        revision: 0,
        eventId: eventIdOf(commandId, stream, 0),
        prevHash: chainStart,
        occurredAt: new Date().toISOString(),
        context: {
          commandId,
          correlationId: commandId,
          causationId: commandId,
          workspaceId: 'acme',
          actor: { kind: 'system', id: 'bench' },
        },
      },
    );
    const event = jsonEvent({ id, type, data: data, metadata: metadata });
    return [(client) => client.appendToStream(stream, event, { expectedRevision: NO_STREAM })];
  });
}
