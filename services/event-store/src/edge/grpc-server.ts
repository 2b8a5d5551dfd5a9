import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { TlsIdentity } from '../tls-identity';
import { append } from './append.grpc';
import { batchAppend } from './batch-append.grpc';
import { gossip } from './gossip.grpc';
import { deleteStream, tombstoneStream } from './delete.grpc';
import { addServicesNotServed } from './not-served';
import { GossipService, ServerFeaturesService, StreamsService } from './protocol';
import { read } from './read.grpc';
import type { ReadAnswer } from './read-answers';
import { shuttingDown } from './refusal';
import type { Serving } from './serving';
import { supportedMethods } from './server-features.grpc';

/** What the client accepts, so that whatever it can send is answered in words. */
const maxMessageBytes = 17 * 1024 * 1024;
const drainMs = 5_000;

/** Where the server listens, and how. */
export interface Endpoint {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  /** Null: without TLS. */
  readonly tls: TlsIdentity | null;
  /** A client that answers no ping within `timeoutMs` is gone, and its calls end. Each is asked every `intervalMs`. */
  readonly keepAlive: { readonly intervalMs: number; readonly timeoutMs: number };
}

/** Reads are encoded before they are written. */
const streams = { ...StreamsService, read: { ...StreamsService.read, responseSerialize: (answer: ReadAnswer) => answer } };
const served = [
  StreamsService.append,
  StreamsService.batchAppend,
  StreamsService.read,
  StreamsService.delete,
  StreamsService.tombstone,
  ServerFeaturesService.getSupportedMethods,
  GossipService.read,
];

/** The address is taken, or is none of this machine's. */
export class CannotListen extends Error {
  override readonly name = 'CannotListen';
}

export class GrpcServer {
  private constructor(
    private readonly server: Server,
    private readonly stopping: AbortController,
    /** The one it was given, or the one the system chose for 0. */
    readonly port: number,
  ) {}

  /**
   * @throws CannotListen
   */
  static async listen(endpoint: Endpoint, log: Omit<Serving, 'stopping'>): Promise<GrpcServer> {
    const stopping = new AbortController();
    const serving: Serving = { ...log, stopping: stopping.signal };
    const server = new Server({
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.keepalive_time_ms': endpoint.keepAlive.intervalMs,
      'grpc.keepalive_timeout_ms': endpoint.keepAlive.timeoutMs,
    });
    server.addService(streams, {
      append: append(serving),
      batchAppend: batchAppend(serving),
      read: read(serving),
      delete: deleteStream(serving),
      tombstone: tombstoneStream(serving),
    });
    server.addService(GossipService, { read: gossip(serving) });
    server.addService(ServerFeaturesService, { getSupportedMethods: supportedMethods(serving, served) });
    addServicesNotServed(server);
    return new GrpcServer(server, stopping, await bind(server, endpoint));
  }

  /** Takes no more calls, lets appends under way be answered, and ends subscriptions with CANCELLED; after five seconds cuts what is left. */
  async stop(): Promise<void> {
    this.stopping.abort(shuttingDown());
    await new Promise<void>((resolve) => {
      const cut = setTimeout(() => {
        this.server.forceShutdown();
        resolve();
      }, drainMs);
      this.server.tryShutdown(() => {
        clearTimeout(cut);
        resolve();
      });
    });
  }
}

const bind = (server: Server, { host, port, tls }: Endpoint): Promise<number> =>
  new Promise((resolve, reject) => {
    const address = host.includes(':') ? `[${host}]` : host;
    server.bindAsync(`${address}:${port}`, credentialsOf(tls), (error, bound) =>
      error === null ? resolve(bound) : reject(new CannotListen(`The event store cannot listen on ${address}:${port}: ${error.message}`)),
    );
  });

const credentialsOf = (tls: TlsIdentity | null): ServerCredentials =>
  tls === null
    ? ServerCredentials.createInsecure()
    : ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.certificate }]);
