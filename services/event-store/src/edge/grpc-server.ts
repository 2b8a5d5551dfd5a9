import { Server, ServerCredentials } from '@grpc/grpc-js';
import { append } from './append.grpc';
import { batchAppend } from './batch-append.grpc';
import { deleteStream, tombstoneStream } from './delete.grpc';
import { addServicesNotServed } from './not-served';
import { ServerFeaturesService, StreamsService } from './protocol';
import { read } from './read.grpc';
import type { ReadAnswer } from './read-answers';
import { unavailable } from './refusal';
import type { Serving } from './serving';
import { supportedMethods } from './server-features.grpc';

/** What the client accepts, so that whatever it can send is answered in words. */
const maxMessageBytes = 17 * 1024 * 1024;
const drainMs = 5_000;

/** Reads are encoded before they are written. */
const streams = { ...StreamsService, read: { ...StreamsService.read, responseSerialize: (answer: ReadAnswer) => answer } };
const served = [
  StreamsService.append,
  StreamsService.batchAppend,
  StreamsService.read,
  StreamsService.delete,
  StreamsService.tombstone,
  ServerFeaturesService.getSupportedMethods,
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
  static async listen(host: string, port: number, log: Omit<Serving, 'stopping'>): Promise<GrpcServer> {
    const stopping = new AbortController();
    const serving: Serving = { ...log, stopping: stopping.signal };
    const server = new Server({ 'grpc.max_receive_message_length': maxMessageBytes });
    server.addService(streams, {
      append: append(serving),
      batchAppend: batchAppend(serving),
      read: read(serving),
      delete: deleteStream(serving),
      tombstone: tombstoneStream(serving),
    });
    server.addService(ServerFeaturesService, { getSupportedMethods: supportedMethods(served) });
    addServicesNotServed(server);
    return new GrpcServer(server, stopping, await bind(server, host, port));
  }

  /** Takes no more calls, lets appends under way be answered, and ends subscriptions with UNAVAILABLE; after five seconds cuts what is left. */
  async stop(): Promise<void> {
    this.stopping.abort(unavailable('The event store is stopping.'));
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

const bind = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const address = host.includes(':') ? `[${host}]` : host;
    server.bindAsync(`${address}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(new CannotListen(`The event store cannot listen on ${address}:${port}: ${error.message}`)),
    );
  });
