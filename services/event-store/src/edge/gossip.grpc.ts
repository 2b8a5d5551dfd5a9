import { randomUUID } from 'node:crypto';
import type { handleUnaryCall, ServerUnaryCall } from '@grpc/grpc-js';
import { answering } from './call-life';
import { ClusterInfo, EndPoint, MemberInfo, type shared } from './protocol';
import { badRequest } from './refusal';
import type { Serving } from './serving';
import { wireUuid } from './wire-values';

type Call = ServerUnaryCall<shared.Empty, ClusterInfo>;

/**
 * `Gossip/Read`: a cluster of one, which leads. Its address is the one the client has just called: a server that listens on every address,
 * or behind a mapped port, knows no better one.
 */
export const gossip = (serving: Serving): handleUnaryCall<shared.Empty, ClusterInfo> => {
  const instance = randomUUID();
  return answering(serving, (call: Call) => {
    const member = new MemberInfo()
      .setInstanceId(wireUuid(instance))
      .setTimeStamp(String(Date.now()))
      .setState(MemberInfo.VNodeState.LEADER)
      .setIsAlive(true)
      .setHttpEndPoint(calledAddress(call.getHost()));
    return Promise.resolve(new ClusterInfo().setMembersList([member]));
  });
};

/** `authority`: `host:port`, as the client wrote it. */
const calledAddress = (authority: string): EndPoint => {
  const called = URL.parse(`esdb://${authority}`); // a scheme without a port of its own, so that none is left out
  if (called === null || called.port === '') throw badRequest('The call does not name the address and the port it was made to.');
  return new EndPoint().setAddress(called.hostname).setPort(Number(called.port));
};
