import { once } from 'node:events';
import { connect as connectTcp, isIP, isIPv6, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { AdmittedTarget } from './guard';
import { OutboundFailed } from './outbound-failed';

/** Opens one connection to one of the target's addresses, ready for HTTP. Never resolves a name. */
export type Connect = (target: AdmittedTarget, signal: AbortSignal) => Promise<Socket>;

const attemptMs = 1_000; // for each of several addresses but the last

/**
 * TCP to the addresses that the guard admitted, tried in turn; for https TLS on top, where SNI and the certificate keep the name.
 * `ca` (PEM) replaces the certificates the runtime trusts.
 */
export function connectPinned({ ca }: { ca?: string } = {}): Connect {
  return async (target, signal) => {
    const socket = await opened(
      connectTcp({
        host: target.host,
        port: target.port,
        lookup: pinned(target.addresses), // not asked for address literals, which are their own and only address
        autoSelectFamily: true,
        autoSelectFamilyAttemptTimeout: attemptMs,
      }),
      'connect',
      signal,
      tcpFailure,
    );
    if (target.url.protocol === 'http:') return socket;
    return opened(
      connectTls({
        socket,
        host: target.host,
        servername: isIP(target.host) === 0 ? target.host : '', // RFC 6066: SNI carries names only
        rejectUnauthorized: true, // said aloud, so that no environment variable says otherwise
        minVersion: 'TLSv1.2',
        ALPNProtocols: ['http/1.1'],
        ...(ca !== undefined && { ca }),
      }),
      'secureConnect',
      signal,
      tlsFailure,
    );
  };
}

function pinned(addresses: readonly string[]): LookupFunction {
  return (_name, _options, answer) =>
    answer(
      null,
      addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 })),
    );
}

async function opened<Opened extends Socket>(
  socket: Opened,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
  failureOf: (code: string | undefined) => OutboundFailed,
): Promise<Opened> {
  socket.on('error', () => undefined); // a socket given up may still fail; whoever waits hears of it below
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw error;
    throw failureOf((error as NodeJS.ErrnoException).code);
  }
}

function tcpFailure(code: string | undefined): OutboundFailed {
  if (code === 'ETIMEDOUT') return new OutboundFailed('no_answer_in_time');
  return new OutboundFailed(code === 'ECONNRESET' ? 'connection_lost' : 'connection_refused');
}

function tlsFailure(code: string | undefined): OutboundFailed {
  return new OutboundFailed(code === 'ECONNRESET' || code === 'EPIPE' ? 'connection_lost' : 'certificate_not_trusted');
}
