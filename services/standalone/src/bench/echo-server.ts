import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { SupportedMethod, SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb';
import { AllStreamPosition, type Empty } from '@eventstore/db-client/generated/shared_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import { BatchAppendResp, type BatchAppendReq } from '@eventstore/db-client/generated/streams_pb';
import { Server, ServerCredentials, type sendUnaryData, type ServerDuplexStream, type ServerUnaryCall } from '@grpc/grpc-js';

/**
 * Speaks the protocol of appends and stores nothing: each is answered at once as stored. What the client reaches here is what client, wire
 * and protocol cost. Prints its address, and ends when its parent is gone.
 */
const server = new Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
let position = 0;

server.addService(StreamsService, {
  batchAppend: (call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>) => {
    call.on('data', (request: BatchAppendReq) => call.write(stored(request)));
    call.on('end', () => call.end());
  },
});
server.addService(ServerFeaturesService, {
  getSupportedMethods: (_: ServerUnaryCall<Empty, SupportedMethods>, answer: sendUnaryData<SupportedMethods>) => {
    const method = new SupportedMethod().setServiceName('event_store.client.streams.streams').setMethodName('batchappend');
    const methods = new SupportedMethods().setEventStoreServerVersion('echo');
    methods.addMethods(method);
    answer(null, methods);
  },
});

function stored(request: BatchAppendReq): BatchAppendResp {
  position += 1;
  const options = request.getOptions();
  const at = new AllStreamPosition().setCommitPosition(String(position)).setPreparePosition(String(position));
  const revision = options?.hasStreamPosition() === true ? Number(options.getStreamPosition()) + 1 : 0;
  return new BatchAppendResp()
    .setCorrelationId(request.getCorrelationId())
    .setStreamIdentifier(options?.getStreamIdentifier())
    .setSuccess(new BatchAppendResp.Success().setCurrentRevision(String(revision)).setPosition(at));
}

server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`esdb://127.0.0.1:${port}?tls=false\n`);
});
process.on('disconnect', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined); // our parent decides
