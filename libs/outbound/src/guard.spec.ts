import fc from 'fast-check';
import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Guard } from './guard';
import { OutboundDenied } from './outbound-denied';
import { OutboundFailed } from './outbound-failed';
import { OutboundPolicy } from './outbound-policy';
import { endpointsOf } from './own-endpoint';

const publicAddress = '93.184.215.14';

describe('an address that is not public', () => {
  it('is denied in every spelling that a URL gives an IPv4 address', async () => {
    await fc.assert(
      fc.asyncProperty(addressIn(specialIPv4, 32), spelling(), async (value, spell) => {
        for (const scheme of ['http', 'https']) expect(await codeFor(`${scheme}://${spell(value)}/`)).toBe('address_not_allowed');
      }),
      { numRuns: 2_000 },
    );
  });

  it('is denied in every spelling that a URL gives an IPv6 address', async () => {
    await fc.assert(
      fc.asyncProperty(addressIn(specialIPv6, 128), fc.boolean(), async (value, upper) => {
        const text = upper ? ipv6(value).toUpperCase() : ipv6(value);
        expect(await codeFor(`https://[${text}]/`)).toBe('address_not_allowed');
      }),
      { numRuns: 2_000 },
    );
  });

  it('is denied inside an IPv6 address, and a public one is denied there, too, whatever the operator admits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }), embedding(), async (value, embed) => {
        const everything = ['0.0.0.0/0', '::/0', '::ffff:0:0/96', '64:ff9b::/96', '2002::/16'];
        expect(await codeFor(`https://[${ipv6(embed(value))}]/`, { allowedCidrs: everything })).toBe('address_not_allowed');
      }),
      { numRuns: 1_000 },
    );
  });

  it('is denied behind any name, wherever it stands among the answers', async () => {
    const publicAnswers = fc.array(fc.constant(publicAddress), { maxLength: 3 });
    const special = fc.oneof(addressIn(specialIPv4, 32).map(ipv4), addressIn(specialIPv6, 128).map(ipv6));
    await fc.assert(
      fc.asyncProperty(publicAnswers, special, publicAnswers, async (before, address, after) => {
        const answers = [...before, address, ...after];
        expect(await codeFor('https://api.example.com/', { answers })).toBe('address_not_allowed');
      }),
    );
  });
});

describe('a public address', () => {
  it('is admitted by https, and by http only inside a range the operator listed', async () => {
    const special = new BlockList();
    for (const [base, bits] of [...specialIPv4, ...withdrawnIPv4]) special.addSubnet(base, bits);
    const unicast = fc
      .bigInt({ min: 0n, max: 2n ** 32n - 1n })
      .map(ipv4)
      .filter((text) => !special.check(text));
    await fc.assert(
      fc.asyncProperty(unicast, async (address) => {
        expect(await codeFor(`https://${address}/`)).toBe('admitted');
        expect(await codeFor(`http://${address}/`)).toBe('scheme_not_allowed');
        expect(await codeFor(`http://${address}/`, { allowedCidrs: [`${address}/32`] })).toBe('admitted');
      }),
    );
  });
});

describe('what an operator admits', () => {
  it('never includes loopback, unless the range lies inside it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 7 }), addressIn([['127.0.0.0', 8]], 32).map(ipv4), async (bits, address) => {
        expect(await codeFor(`https://${address}/`, { allowedCidrs: [`127.0.0.0/${bits}`] })).toBe('address_not_allowed');
        expect(await codeFor(`http://${address}/`, { allowedCidrs: ['127.0.0.0/8'] })).toBe('admitted');
      }),
    );
    expect(await codeFor('https://[::1]/', { allowedCidrs: ['::/0', '::/127'] })).toBe('address_not_allowed');
    expect(await codeFor('https://[::1]/', { allowedCidrs: ['::1/128'] })).toBe('admitted');
  });

  it.each([
    ['169.254.169.254', '169.254.169.254/32'],
    ['169.254.170.23', '0.0.0.0/0'],
    ['168.63.129.16', '168.63.129.16/32'],
    ['100.100.100.200', '100.64.0.0/10'],
    ['192.0.0.192', '192.0.0.0/24'],
    ['0.0.0.0', '0.0.0.0/0'],
    ['[fd00:ec2::254]', 'fd00::/8'],
    ['[fd20:ce::254]', 'fd00::/8'],
    ['[::]', '::/0'],
  ])('never includes %s, not even by %s', async (host, range) => {
    expect(await codeFor(`http://${host}/`, { allowedCidrs: [range] })).toBe('address_not_allowed');
  });

  it('holds for the port it was said for', async () => {
    const allowedCidrs = ['127.0.0.1/32:8081', '[fd12::/32]:8443'];
    expect(await codeFor('http://127.0.0.1:8081/', { allowedCidrs })).toBe('admitted');
    expect(await codeFor('http://127.0.0.1:8082/', { allowedCidrs })).toBe('address_not_allowed');
    expect(await codeFor('https://[fd12::7]:8443/', { allowedCidrs })).toBe('admitted');
    expect(await codeFor('https://[fd12::7]/', { allowedCidrs })).toBe('address_not_allowed');
  });

  it('lets http through only when every answer lies in it', async () => {
    const allowedCidrs = ['10.20.0.0/16'];
    expect(await codeFor('http://orders.example.com/', { allowedCidrs, answers: ['10.20.0.9'] })).toBe('admitted');
    expect(await codeFor('http://orders.example.com/', { allowedCidrs, answers: ['10.20.0.9', publicAddress] })).toBe('scheme_not_allowed');
  });
});

describe('an endpoint of this process', () => {
  const allowedCidrs = ['10.0.0.0/8', '127.0.0.0/8'];

  it.each([
    ['its address', 'https://10.0.0.5:5432/', 'postgres://u:p@10.0.0.5/db', []],
    ['its name', 'https://db.example.com:5432/', 'postgres://u:p@DB.example.com./db', ['10.0.0.5']],
    ['another name of its address', 'https://other.example.com:2113/', 'esdb://a.example.com:2113,b.example.com:2113', ['10.0.0.5']],
    ['another loopback address', 'http://127.0.0.2:8080/', '127.0.0.1:8080', []],
    ['any local address of a listener on all of them', `http://${localAddress()}:8080/`, '0.0.0.0:8080', []],
  ])('is not called by %s, whatever the operator admits', async (_, url, own, answers) => {
    expect(await codeFor(url, { allowedCidrs: [...allowedCidrs, `${localAddress()}/32`], own, answers })).toBe('address_not_allowed');
  });

  it('does not close its neighbours', async () => {
    expect(await codeFor('https://10.0.0.5:8443/', { allowedCidrs, own: 'postgres://10.0.0.5:5432/db' })).toBe('admitted');
    expect(await codeFor('https://10.0.0.6:5432/', { allowedCidrs, own: 'postgres://10.0.0.5:5432/db' })).toBe('admitted');
  });

  it('closes its port while its name cannot be resolved', async () => {
    expect(await codeFor('https://10.0.0.5:5432/', { allowedCidrs, own: 'postgres://db.example.com/db' })).toBe('resolver_error');
  });
});

describe('a name', () => {
  it.each(['https://printer.local', 'https://a.b.internal.', 'https://LOCALHOST', 'https://x.example', `https://${'a.'.repeat(127)}com`])(
    'that is not of the public tree is refused before DNS hears of it: %s',
    async (url) => {
      const resolve = jest.fn();
      await expect(new Guard(policy({}), resolve).admit(url)).rejects.toMatchObject({ code: 'name_not_allowed' });
      expect(resolve).not.toHaveBeenCalled();
    },
  );

  it('that does not resolve is unreachable, not denied', async () => {
    const resolve = () => Promise.reject(new Error('ENOTFOUND'));
    await expect(new Guard(policy({}), resolve).admit('https://nobody.example.com')).rejects.toEqual(
      new OutboundFailed('name_not_resolved'),
    );
  });

  it('with an empty or unreadable answer is denied', async () => {
    for (const answers of [[], ['not-an-ip'], [publicAddress, '010.0.0.1'], [publicAddress, '']]) {
      expect(await codeFor('https://api.example.com', { answers })).toBe('resolver_error');
    }
  });

  it('with an answer for one network card only is denied', async () => {
    expect(await codeFor('https://api.example.com', { answers: ['2606:4700:4700::1111%eth0'] })).toBe('address_not_allowed');
  });
});

describe('a URL', () => {
  it.each([
    ['https://api.example.com?@10.0.0.1/', 'url_not_allowed'],
    ['https:/api.example.com/', 'url_not_allowed'],
    ['https://api.example.com\u00a0/', 'url_not_allowed'],
    ['https://api.example.com/\ud800', 'url_not_allowed'],
    ['//api.example.com/', 'invalid_url'],
    ['', 'invalid_url'],
    ['wss://api.example.com/', 'scheme_not_allowed'],
    ['https://api.example.com:25/', 'port_not_allowed'],
    ['https://api.example.com/users/@me?next=https://user@example.com/#top', 'admitted'],
    ['HTTPS://API.EXAMPLE.COM./', 'admitted'],
  ])('%j is answered with %s', async (url, code) => {
    expect(await codeFor(url, { answers: [publicAddress] })).toBe(code);
  });

  it('never makes the guard throw anything but its own errors', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl()), async (text) => {
        expect(typeof (await codeFor(text, { answers: [publicAddress] }))).toBe('string');
      }),
    );
  });
});

it('tells users the same, whatever was denied', async () => {
  const messages = ['https://10.0.0.1/', 'javascript:alert(1)', 'https://db.internal/', 'https://u:p@10.0.0.1:1/'].map((url) =>
    new Guard(policy({}), () => Promise.resolve([])).admit(url).catch((error: unknown) => (error as Error).message),
  );
  expect(new Set(await Promise.all(messages)).size).toBe(1);
});

interface Given {
  readonly allowedCidrs?: readonly string[];
  readonly own?: string;
  readonly answers?: readonly string[];
}

const policy = ({ allowedCidrs = [], own }: Given): OutboundPolicy =>
  OutboundPolicy.from({ allowedCidrs, ownEndpoints: own === undefined ? [] : endpointsOf(own) });

async function codeFor(url: string, given: Given = {}): Promise<string> {
  const { answers = [] } = given;
  const resolve = () => (answers.length > 0 || given.answers ? Promise.resolve(answers) : Promise.reject(new Error('ENOTFOUND')));
  try {
    await new Guard(policy(given), resolve).admit(url);
    return 'admitted';
  } catch (error) {
    if (error instanceof OutboundDenied || error instanceof OutboundFailed) return error.code;
    throw error;
  }
}

function localAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

type Ranges = readonly (readonly [string, number])[];

/** IANA's special-purpose registry, written down a second time so that the guard is not measured by itself. */
const specialIPv4: Ranges = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Anycast relays: special, though reachable. The guard refuses them, and nobody will miss them. */
const withdrawnIPv4: Ranges = [
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.175.48.0', 24],
];
const specialIPv6: Ranges = [
  ['0000::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
  ['2a00:1450:4001:80b:0:5efe::', 96],
  ['2a00:1450:4001:80b:200:5efe::', 96],
];

function addressIn(ranges: Ranges, width: 32 | 128): fc.Arbitrary<bigint> {
  const one = fc.constantFrom(...ranges);
  return one.chain(([base, bits]) => {
    const start = valueOf(base);
    return fc.bigInt({ min: start, max: start + (1n << BigInt(width - bits)) - 1n });
  });
}

function valueOf(text: string): bigint {
  if (!text.includes(':')) return text.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
  const groups = text.replace(/::$/, '').split(':');
  return [...groups, ...Array<string>(8 - groups.length).fill('0')].reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}

const octets = (value: bigint): bigint[] => [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n);
const ipv4 = (value: bigint): string => octets(value).join('.');
const ipv6 = (value: bigint): string =>
  Array.from({ length: 8 }, (_, group) => ((value >> BigInt(112 - 16 * group)) & 65_535n).toString(16)).join(':');

/** How a URL may write an IPv4 address (WHATWG URL): in one to four numbers of three radices, in other digits and dots, escaped. */
function spelling(): fc.Arbitrary<(value: bigint) => string> {
  const number = fc.constantFrom<(part: bigint) => string>(
    (part) => String(part),
    (part) => `0x${part.toString(16)}`,
    (part) => `0X${part.toString(16).toUpperCase()}`,
    (part) => `0${part.toString(8)}`,
    (part) => `000${part.toString(8)}`,
  );
  const disguise = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => `${text}.`,
    (text) => text.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))), // fullwidth
    (text) => text.replace(/[1-9]/g, (digit) => String.fromCodePoint(0x245f + Number(digit))), // circled
    (text) => text.replaceAll('.', '。'),
    (text) => text.replace(/[\d.]/g, (char) => `%${char.charCodeAt(0).toString(16)}`),
  );
  return fc.tuple(number, number, number, number, fc.integer({ min: 1, max: 4 }), disguise).map(([a, b, c, d, count, hide]) => (value) => {
    const all = octets(value);
    const last = all.slice(count - 1).reduce((sum, octet) => sum * 256n + octet, 0n);
    const parts = [...all.slice(0, count - 1), last];
    return hide(parts.map((part, index) => [a, b, c, d][index]!(part)).join('.'));
  });
}

function embedding(): fc.Arbitrary<(value: bigint) => bigint> {
  const at =
    (prefix: string, shift: bigint, mask = 0n) =>
    (value: bigint) =>
      valueOf(prefix) | ((value ^ mask) << shift);
  return fc.constantFrom(
    at('0:0:0:0:0:ffff::', 0n), // mapped
    at('0:0:0:0:ffff:0::', 0n), // translated
    at('64:ff9b::', 0n), // NAT64
    at('64:ff9b:1::', 0n), // NAT64, local
    at('2002::', 80n), // 6to4
    at('2001:0:4136:e378:8000:63bf::', 0n, 2n ** 32n - 1n), // Teredo
    at('2a00:1450:4001:80b:0:5efe::', 0n), // ISATAP
  );
}
