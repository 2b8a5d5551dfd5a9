import { createDecipheriv, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Secret } from '#secret';
import { openEnvelope, sealEnvelope, type Envelope } from './envelope';
import { secretKinds, type SecretAddress } from './secret-address';

// The security argument of the vault: what is sealed for one address opens there, unaltered, and nowhere else.
describe('an envelope', () => {
  it('gives back what was sealed, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), addresses, (bytes, address) => {
        const opened = openEnvelope(sealEnvelope(Secret.of(bytes), address, kekId, kek), address, kek);
        expect(opened.use((held) => held.equals(bytes))).toBe(true);
      }),
    );
  });

  it('shows nothing of the secret, nor how often the same one was sealed', () => {
    const [one, two] = [sealed(), sealed()];
    for (const bytes of [one.wrappedDek, one.iv, one.ciphertext, one.tag, one.commitment]) expect(bytes.includes(value)).toBe(false);
    expect(one.ciphertext.equals(two.ciphertext)).toBe(false);
  });

  it('has a data key and a nonce of its own: 10,000 envelopes, 10,000 of each', () => {
    const envelopes = Array.from({ length: 10_000 }, sealed);
    const count = (part: (envelope: Envelope) => Buffer) => new Set(envelopes.map((envelope) => part(envelope).toString('hex'))).size;
    expect(count(({ iv }) => iv)).toBe(10_000);
    expect(count(({ wrappedDek }) => wrappedDek.subarray(0, 12))).toBe(10_000);
    expect(count(dekOf)).toBe(10_000);
  });

  it('is what its documentation says: plain node:crypto opens it', () => {
    const { iv, ciphertext, tag, commitment, ...envelope } = sealed();
    const dek = dekOf({ iv, ciphertext, tag, commitment, ...envelope });
    expect(Buffer.from(hkdfSync('sha256', dek, '', 'commit', 32))).toEqual(commitment);
    expect(decipher(dek, iv, ciphertext, tag, documented(address)).toString()).toBe(value);
  });

  describe('does not open', () => {
    it('with one byte flipped, wherever: 10,000 flips, no plaintext, no crash', () => {
      fc.assert(
        fc.property(fc.constantFrom(...flippable), fc.nat(), fc.integer({ min: 1, max: 255 }), (part, at, mask) => {
          const flipped = flip({ ...sealed(), ...address }, part, at, mask);
          return opening(flipped, flipped) === 'SecretDoesNotOpen';
        }),
        { numRuns: 10_000 },
      );
      expect(opening(sealed(), address)).toBe(value);
    });

    it('at another address, whichever of its fields differ', () => {
      const envelope = sealed();
      const others = choices(Object.keys(address) as (keyof SecretAddress)[]).map((fields) => ({
        ...address,
        ...Object.fromEntries(fields.map((field) => [field, elsewhere[field]])),
      }));
      expect(others).toHaveLength(31);
      for (const other of others) expect(opening(envelope, other)).toBe('SecretDoesNotOpen');
    });

    it('with the values of any two fields of its address exchanged', () => {
      const pairs = choices(Object.keys(address) as (keyof SecretAddress)[]).filter(({ length }) => length === 2);
      expect(pairs).toHaveLength(10);
      for (const [a, b] of pairs) {
        const exchanged = { ...address, [a!]: address[b!], [b!]: address[a!] };
        expect(opening(sealed(), exchanged)).toBe('SecretDoesNotOpen');
      }
    });

    it('with parts of an envelope that was sealed elsewhere under the same key', () => {
      const mine = sealed();
      const theirs = sealEnvelope(Secret.of(value), elsewhere, kekId, kek);
      const parts = ['wrappedDek', 'iv', 'ciphertext', 'tag', 'commitment'] as const;
      for (const chosen of choices(parts)) {
        const mixed = { ...mine, ...Object.fromEntries(chosen.map((part) => [part, theirs[part]])) };
        expect(opening(mixed, address)).toBe('SecretDoesNotOpen');
      }
    });

    it('when an origin is dropped, or the absent one is made an empty one', () => {
      const unbound = { ...address, boundTo: null };
      expect(opening(sealed(), unbound)).toBe('SecretDoesNotOpen');
      const envelope = sealEnvelope(Secret.of(value), unbound, kekId, kek);
      expect(opening(envelope, { ...address, boundTo: '' })).toBe('SecretDoesNotOpen');
      expect(opening(envelope, unbound)).toBe(value);
    });

    it.each([0, 4, 8, 12, 13, 14, 15])('with a tag cut to %i bytes', (bytes) => {
      const envelope = sealed();
      expect(opening({ ...envelope, tag: envelope.tag.subarray(0, bytes) }, address)).toBe('SecretDoesNotOpen');
      expect(opening({ ...envelope, wrappedDek: envelope.wrappedDek.subarray(0, 44 + bytes) }, address)).toBe('SecretDoesNotOpen');
    });

    it('with any part empty, cut short or longer', () => {
      const envelope = sealed();
      for (const part of ['wrappedDek', 'iv', 'ciphertext', 'tag', 'commitment'] as const) {
        const bytes = envelope[part];
        for (const other of [Buffer.alloc(0), bytes.subarray(1), bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.alloc(1)])]) {
          expect(opening({ ...envelope, [part]: other }, address)).toBe('SecretDoesNotOpen');
        }
      }
    });

    it('under another key, nor under the right key by another name', () => {
      expect(opening(sealed(), address, randomBytes(32))).toBe('SecretDoesNotOpen');
      expect(opening({ ...sealed(), kekId: randomUUID() }, address)).toBe('SecretDoesNotOpen');
    });

    it('when it commits to another data key than the one it was encrypted with', () => {
      expect(opening({ ...sealed(), commitment: sealed().commitment }, address)).toBe('SecretDoesNotOpen');
    });
  });
});

const kek = randomBytes(32);
const kekId = randomUUID();
const value = 'sk_live_canary_51H8xkEyFake';

const address: SecretAddress = {
  workspaceId: 'acme',
  connectionId: '019b2b1e-7a4e-7c3a-9d52-3f1f6f0c0001',
  kind: 'credential',
  secretId: '019b2b1e-7a4e-7c3a-9d52-3f1f6f0c0002',
  boundTo: 'https://api.example.com:443',
};
const elsewhere: SecretAddress = {
  workspaceId: 'globex',
  connectionId: '019b2b1e-7a4e-7c3a-9d52-3f1f6f0c0003',
  kind: 'webhook_signing',
  secretId: '019b2b1e-7a4e-7c3a-9d52-3f1f6f0c0004',
  boundTo: 'https://api.example.org:443',
};
const addresses: fc.Arbitrary<SecretAddress> = fc.record({
  workspaceId: fc.string({ unit: 'binary' }),
  connectionId: fc.string({ unit: 'binary' }),
  kind: fc.constantFrom(...secretKinds),
  secretId: fc.uuid(),
  boundTo: fc.option(fc.webUrl()),
});

const sealed = (): Envelope => sealEnvelope(Secret.of(value), address, kekId, kek);

/** What comes out: the secret, or the name of the refusal. */
const opening = (envelope: Envelope, at: SecretAddress, key = kek): string => {
  try {
    return openEnvelope(envelope, at, key).reveal();
  } catch (error) {
    return (error as Error).name;
  }
};

const flippable = [
  ...(['alg', 'kekId', 'wrappedDek', 'iv', 'ciphertext', 'tag', 'commitment'] as const),
  ...(Object.keys(address) as (keyof SecretAddress)[]),
];
const flip = <Whole extends Envelope & SecretAddress>(
  whole: Whole,
  part: keyof (Envelope & SecretAddress),
  at: number,
  mask: number,
): Whole => {
  const held = whole[part] as Buffer | string;
  const bytes = typeof held === 'string' ? Buffer.from(held, 'latin1') : Buffer.from(held);
  const index = at % bytes.length;
  bytes[index] = bytes[index]! ^ mask;
  return { ...whole, [part]: typeof held === 'string' ? bytes.toString('latin1') : bytes };
};

/** Every way to choose one or more. */
const choices = <Item>(items: readonly Item[]): Item[][] =>
  Array.from({ length: 2 ** items.length - 1 }, (_, at) => items.filter((_item, index) => ((at + 1) >> index) & 1));

// Written from the documentation of `Envelope`, sharing nothing with the code it checks.
const documented = ({ workspaceId, connectionId, kind, secretId, boundTo }: SecretAddress, ...more: string[]): Buffer =>
  Buffer.concat(
    ['pb1', 'secret', workspaceId, connectionId, kind, secretId, boundTo, ...more].flatMap((field) => {
      if (field === null) return [Buffer.from('ffffffff', 'hex')];
      return [Buffer.from(Buffer.byteLength(field).toString(16).padStart(8, '0'), 'hex'), Buffer.from(field)];
    }),
  );
const decipher = (key: Buffer, iv: Buffer, ciphertext: Buffer, tag: Buffer, context: Buffer): Buffer => {
  const opener = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
  opener.setAAD(context);
  opener.setAuthTag(tag);
  return Buffer.concat([opener.update(ciphertext), opener.final()]);
};
const dekOf = ({ wrappedDek, kekId: id }: Envelope): Buffer =>
  decipher(kek, wrappedDek.subarray(0, 12), wrappedDek.subarray(12, 44), wrappedDek.subarray(44), documented(address, id));
