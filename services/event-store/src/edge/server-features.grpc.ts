import type { handleUnaryCall, MethodDefinition, ServerUnaryCall } from '@grpc/grpc-js';
import { answering } from './call-life';
import { SupportedMethod, SupportedMethods, type shared } from './protocol';
import type { Serving } from './serving';

type Call = ServerUnaryCall<shared.Empty, SupportedMethods>;

/** Sent as the server's version; clients show it and decide nothing by it. */
const version = 'Patchbay embedded event store';

/** `ServerFeatures/GetSupportedMethods`: exactly what is served. The client appends in batches only when it finds `BatchAppend` here. */
export const supportedMethods = (
  serving: Serving,
  methods: readonly Pick<MethodDefinition<unknown, unknown>, 'path'>[],
): handleUnaryCall<shared.Empty, SupportedMethods> =>
  answering(serving, (_call: Call) => {
    const answer = new SupportedMethods().setEventStoreServerVersion(version);
    for (const { path } of methods) {
      const [, service = '', method = ''] = path.toLowerCase().split('/');
      answer.addMethods(new SupportedMethod().setServiceName(service).setMethodName(method));
    }
    return Promise.resolve(answer);
  });
