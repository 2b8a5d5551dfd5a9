import { badRequest } from './refusal';
import { shared } from './protocol';

/** Values that occur in many messages, between the wire and us. */

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const utf8 = new TextDecoder('utf-8', { fatal: true });
/** A name is part of an index entry, which PostgreSQL limits to a third of a page. */
const maxStreamNameBytes = 1_024;

/** Clients send UUIDs as text or as two halves; we keep them as lower-case text. */
export const uuidOf = (uuid: shared.UUID | undefined): string => {
  const structured = uuid?.getStructured();
  const text = structured === undefined ? (uuid?.getString() ?? '').toLowerCase() : uuidOfHalves(structured);
  if (!uuidPattern.test(text)) throw badRequest('An id is not a UUID.');
  return text;
};

const uuidOfHalves = (halves: shared.UUID.Structured): string => {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, BigInt(halves.getMostSignificantBits())), 0);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, BigInt(halves.getLeastSignificantBits())), 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

export const wireUuid = (id: string): shared.UUID => new shared.UUID().setString(id);

export const streamNameOf = (identifier: shared.StreamIdentifier | undefined): string => {
  const bytes = identifier?.getStreamName_asU8() ?? new Uint8Array();
  if (bytes.length === 0) throw badRequest('The stream has no name.');
  if (bytes.length > maxStreamNameBytes) throw badRequest(`A stream's name may have ${maxStreamNameBytes} bytes.`);
  return storable(decoded(bytes), 'A stream name');
};

export const wireStreamName = (stream: string): shared.StreamIdentifier =>
  new shared.StreamIdentifier().setStreamName(Buffer.from(stream, 'utf8'));

/** PostgreSQL's text holds every character but one. */
export const storable = (text: string, what: string): string => {
  if (text.includes('\0')) throw badRequest(`${what} may not contain the character NUL.`);
  return text;
};

const decoded = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    throw badRequest('A stream name is not UTF-8.');
  }
};
