/** The environment switches certificate checks off for the whole process: nothing it sends would be safe. */
export class TlsIsUnsafe extends Error {
  override readonly name = 'TlsIsUnsafe';
  constructor() {
    super('NODE_TLS_REJECT_UNAUTHORIZED=0 turns certificate checks off; unset it (NODE_EXTRA_CA_CERTS adds a private authority)');
  }
}

/** For the start of every process that speaks TLS. @throws TlsIsUnsafe */
export function refuseUnsafeTls(environment: NodeJS.ProcessEnv = process.env): void {
  if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') throw new TlsIsUnsafe();
}
