import type { MethodDefinition } from '@grpc/grpc-js';
import type { handleUnaryCall } from '@grpc/grpc-js';
import { SupportedMethod, SupportedMethods, type shared } from './protocol';

/** Sent as the server's version; clients show it and decide nothing by it. */
const version = 'Patchbay embedded event store';

/** `ServerFeatures/GetSupportedMethods`: exactly what is served. The client appends in batches only when it finds `BatchAppend` here. */
export const supportedMethods =
  (methods: readonly Pick<MethodDefinition<unknown, unknown>, 'path'>[]): handleUnaryCall<shared.Empty, SupportedMethods> =>
  (_call, callback) => {
    const answer = new SupportedMethods().setEventStoreServerVersion(version);
    for (const { path } of methods) {
      const [, service = '', method = ''] = path.toLowerCase().split('/');
      answer.addMethods(new SupportedMethod().setServiceName(service).setMethodName(method));
    }
    callback(null, answer);
  };
