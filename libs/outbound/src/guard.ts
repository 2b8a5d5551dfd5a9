import { networkInterfaces } from 'node:os';
import { addressOf, isLoopback, type Address } from './address';
import { isBadPort } from './bad-port';
import { OutboundDenied } from './outbound-denied';
import { OutboundFailed } from './outbound-failed';
import type { OutboundPolicy } from './outbound-policy';
import { hostOf, outboundUrlOf, portOf } from './outbound-url';
import type { Endpoint } from './own-endpoint';
import type { Resolve } from './resolve';
import { isSpecialName } from './special-name';

/** Where a call may go: the URL, and the only addresses that may be connected to for it. */
export interface AdmittedTarget {
  readonly url: URL;
  readonly host: string; // without brackets and final dot, for SNI
  readonly port: number;
  readonly addresses: readonly string[]; // canonical spelling, at least one
}

/**
 * Decides whether a URL that a user influences may be called, and at which addresses (docs/decisions/0005-ssrf-guard.md).
 * What it admits holds for one connection: names are resolved anew for each.
 */
export class Guard {
  constructor(
    private readonly policy: OutboundPolicy,
    private readonly resolve: Resolve,
  ) {}

  /**
   * @throws OutboundDenied when the URL, its name, its port or any of its addresses must not be called
   * @throws OutboundFailed name_not_resolved
   */
  async admit(text: string): Promise<AdmittedTarget> {
    const url = outboundUrlOf(text);
    const port = portOf(url);
    const host = hostOf(url).replace(/\.$/, '');
    if (isBadPort(port)) throw new OutboundDenied('port_not_allowed');

    const addresses = await this.addressesOf(url);
    if (await this.isOwnEndpoint(host, addresses, port)) throw new OutboundDenied('address_not_allowed');
    const verdicts = addresses.map((address) => this.policy.judge(address, port));
    if (verdicts.includes('denied')) throw new OutboundDenied('address_not_allowed');
    // In clear only to where the operator said so: a credential must not cross the internet unencrypted.
    if (url.protocol === 'http:' && verdicts.includes('public')) throw new OutboundDenied('scheme_not_allowed');
    return { url, host, port, addresses: addresses.map(String) };
  }

  private async addressesOf(url: URL): Promise<readonly Address[]> {
    const host = hostOf(url);
    const literal = addressOf(host);
    if (literal) return [literal];
    // Refused before DNS hears of it. Plain http is judged by its address alone, and a name that is not looked up has none.
    if (isSpecialName(host)) throw new OutboundDenied(url.protocol === 'https:' ? 'name_not_allowed' : 'address_not_allowed');
    const answers = await this.resolve(host).catch(() => {
      throw new OutboundFailed('name_not_resolved');
    });
    const addresses = answers.map(addressOf).filter((address) => address !== undefined);
    if (addresses.length === 0 || addresses.length < answers.length) throw new OutboundDenied('resolver_error');
    return addresses;
  }

  /** By name and by address: whatever reaches this process's own database under another name is its database, too. */
  private async isOwnEndpoint(host: string, addresses: readonly Address[], port: number): Promise<boolean> {
    const near = this.policy.ownEndpoints.filter((endpoint) => endpoint.port === port);
    if (near.some((endpoint) => endpoint.host === host)) return true;
    const own = (await Promise.all(near.map((endpoint) => this.ownAddresses(endpoint)))).flat();
    return addresses.some((address) => own.some((one) => String(one) === String(address) || (isLoopback(one) && isLoopback(address))));
  }

  private async ownAddresses({ host }: Endpoint): Promise<readonly Address[]> {
    const literal = addressOf(host);
    if (literal?.range() === 'unspecified') {
      const local = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
      return ['127.0.0.1', ...local.map(({ address }) => address)].map(addressOf).filter((address) => address !== undefined);
    }
    if (literal) return [literal];
    const answers = await this.resolve(host).catch(() => {
      throw new OutboundDenied('resolver_error'); // not knowing where an own endpoint is, is no leave to call it
    });
    return answers.map(addressOf).filter((address) => address !== undefined);
  }
}
