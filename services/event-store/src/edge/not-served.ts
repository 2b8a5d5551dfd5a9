import type { Server, ServerUnaryCall, ServiceDefinition, UntypedServiceImplementation, sendUnaryData } from '@grpc/grpc-js';
import { MonitoringService, OperationsService, PersistentSubscriptionsService, ProjectionsService, UsersService } from './protocol';
import { notServed } from './refusal';

type AnyCall = ServerUnaryCall<unknown, unknown>;

/** Answers UNIMPLEMENTED with the sentence, whether the call has one answer or a stream of them. */
const refuse =
  (sentence: string) =>
  (call: AnyCall, callback?: sendUnaryData<unknown>): void => {
    if (callback === undefined) call.emit('error', notServed(sentence));
    else callback(notServed(sentence));
  };

const whole: readonly (readonly [ServiceDefinition, string])[] = [
  [PersistentSubscriptionsService, 'The embedded event store does not serve persistent subscriptions yet.'],
  [ProjectionsService, 'The embedded event store has no projections.'],
  [UsersService, 'The embedded event store keeps its users in a file: see npm run log-user.'],
  [OperationsService, 'The embedded event store is operated through its database, not over this protocol.'],
  [MonitoringService, 'The embedded event store has no statistics to stream.'],
];

/** The protocol's other services, so that a client hears what is missing instead of a bare code. */
export const addServicesNotServed = (server: Server): void => {
  for (const [service, sentence] of whole) {
    const handlers: UntypedServiceImplementation = {};
    for (const method of Object.keys(service)) handlers[method] = refuse(sentence);
    server.addService(service, handlers);
  }
};
