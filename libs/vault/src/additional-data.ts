import type { SecretAddress } from './secret-address';

const absent = 0xffffffff;

/**
 * Fields as bytes that can be read back in one way only: each is preceded by its length in bytes (32 bits, big-endian), and an absent one is
 * the length 2³² − 1 with nothing behind it. Without lengths `ab, c` and `a, bc` would authenticate each other.
 */
export const lengthPrefixed = (fields: readonly (string | null)[]): Buffer =>
  Buffer.concat(
    fields.map((field) => {
      // UTF-8 has no unpaired surrogates: two different texts would become the same bytes.
      if (field?.isWellFormed() === false) throw new TypeError('a field holds an unpaired surrogate');
      const text = Buffer.from(field ?? '', 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(field === null ? absent : text.length);
      return Buffer.concat([length, text]);
    }),
  );

const fieldsOf = ({ workspaceId, connectionId, kind, secretId, boundTo }: SecretAddress): (string | null)[] => [
  'pb1',
  'secret',
  workspaceId,
  connectionId,
  kind,
  secretId,
  boundTo,
];

/** What the ciphertext is authenticated with. The workspace key's id stays out, so that changing that key rewrites wrapped keys only. */
export const dataContext = (address: SecretAddress): Buffer => lengthPrefixed(fieldsOf(address));

/** What the wrapped data key is authenticated with. */
export const wrapContext = (address: SecretAddress, kekId: string): Buffer => lengthPrefixed([...fieldsOf(address), kekId]);
