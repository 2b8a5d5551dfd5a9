/**
 * The protocol's definitions, as the genuine client ships them: services with the serialisers of requests and of answers, so no proto
 * file is copied and server and client cannot disagree.
 */
export { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb';
export { ClusterInfo, EndPoint, MemberInfo } from '@eventstore/db-client/generated/gossip_pb';
export { MonitoringService } from '@eventstore/db-client/generated/monitoring_grpc_pb';
export { OperationsService } from '@eventstore/db-client/generated/operations_grpc_pb';
export { PersistentSubscriptionsService } from '@eventstore/db-client/generated/persistent_grpc_pb';
export { ProjectionsService } from '@eventstore/db-client/generated/projections_grpc_pb';
export { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
export { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
export { UsersService } from '@eventstore/db-client/generated/users_grpc_pb';
export { SupportedMethod, SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb';
export { Code } from '@eventstore/db-client/generated/code_pb';
export { Status } from '@eventstore/db-client/generated/status_pb';
export {
  AppendReq,
  AppendResp,
  BatchAppendReq,
  BatchAppendResp,
  DeleteReq,
  DeleteResp,
  ReadReq,
  ReadResp,
  TombstoneReq,
  TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb';
export * as shared from '@eventstore/db-client/generated/shared_pb';
export { Any } from 'google-protobuf/google/protobuf/any_pb';
export { Empty as GoogleEmpty } from 'google-protobuf/google/protobuf/empty_pb';
