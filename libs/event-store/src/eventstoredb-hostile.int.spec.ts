import { randomUUID } from 'node:crypto';
import { Server, ServerCredentials, status, type sendUnaryData, type ServerDuplexStream, type ServerWritableStream } from '@grpc/grpc-js';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { SupportedMethod, SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb';
import { AllStreamPosition } from '@eventstore/db-client/generated/shared_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import { BatchAppendResp, ReadResp, type BatchAppendReq, type ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { EventStore, LogMessage, NewEvent } from './event-store';
import { openEventStore } from './open-event-store';

type Batches = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;
type Reading = ServerWritableStream<ReadReq, ReadResp>;

/** Jest fails a test for an uncaught exception and an unhandled rejection; that none comes is part of what each test here expects. */
describe('the log on a server that does what no server should', () => {
  let server: Server;
  let store: EventStore;
  let onGreeting: (greetings: number, answer: sendUnaryData<SupportedMethods>) => void;
  let onBatch: (request: BatchAppendReq, call: Batches, batches: number) => void;
  let onRead: (call: Reading, reads: number) => void;

  beforeEach(async () => {
    onGreeting = (_, answer) => answer(null, supported());
    onBatch = stores;
    const counted = { greetings: 0, batches: 0, reads: 0 };
    server = new Server();
    server.addService(ServerFeaturesService, {
      getSupportedMethods: (_: unknown, answer: sendUnaryData<SupportedMethods>) => onGreeting((counted.greetings += 1), answer),
    });
    server.addService(StreamsService, {
      batchAppend: (call: Batches) =>
        call.on('data', (request: BatchAppendReq) => onBatch(request, call, (counted.batches += 1))).on('end', () => call.end()),
      read: (call: Reading) => onRead(call, (counted.reads += 1)),
    });
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
    );
    store = openEventStore({ url: `esdb://127.0.0.1:${port}?tls=false` });
  });

  afterEach(async () => {
    await store.close();
    server.forceShutdown();
  });

  it('is asked anew what it can do, when it once answered that with an error', async () => {
    onGreeting = (greetings, answer) =>
      greetings === 1 ? answer({ code: status.INTERNAL, details: 'out of sorts' }) : answer(null, supported());
    expect(await store.append('some', [event()], 'any')).toEqual({ revision: 7, position: 42n });
  });

  it('is sent the append again, when it ended the call without a word', async () => {
    onBatch = (request, call, batches) => (batches === 1 ? void call.end() : stores(request, call));
    expect(await store.append('some', [event()], 'any')).toEqual({ revision: 7, position: 42n });
  });

  it('may answer what nobody asked', async () => {
    onBatch = (request, call) => {
      stores(request, call);
      stores(request, call);
    };
    for (const _ of [1, 2]) expect(await store.append('some', [event()], 'any')).toEqual({ revision: 7, position: 42n });
  });

  it('is subscribed to again, when it ends a subscription without a word', async () => {
    onRead = (call, reads) => {
      call.write(new ReadResp().setConfirmation(new ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID())));
      if (reads < 3) call.end();
      else call.write(new ReadResp().setCheckpoint(new ReadResp.Checkpoint().setCommitPosition('5').setPreparePosition('5')));
    };
    const ending = new AbortController();
    const told: LogMessage[] = [];
    for await (const message of store.subscribeToAll({ signal: ending.signal })) {
      told.push(message);
      ending.abort();
    }
    expect(told).toEqual([{ kind: 'checkpoint', position: 5n }]);
  });
});

function supported(): SupportedMethods {
  const answer = new SupportedMethods().setEventStoreServerVersion('hostile');
  answer.addMethods(new SupportedMethod().setServiceName('event_store.client.streams.streams').setMethodName('batchappend'));
  return answer;
}

/** Says that the append was stored at revision 7 and position 42. */
function stores(request: BatchAppendReq, call: Batches): void {
  const stored = new BatchAppendResp.Success().setCurrentRevision('7');
  stored.setPosition(new AllStreamPosition().setCommitPosition('42').setPreparePosition('42'));
  const answer = new BatchAppendResp().setCorrelationId(request.getCorrelationId()).setSuccess(stored);
  call.write(answer.setStreamIdentifier(request.getOptions()?.getStreamIdentifier()));
}

function event(): NewEvent {
  return { id: randomUUID(), type: 'Sent.v1', data: {}, metadata: {} };
}
