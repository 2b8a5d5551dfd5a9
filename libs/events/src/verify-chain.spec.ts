import { eventCodec, type PatchbayEvent } from './event-codec';
import { chainStart } from './hash-chain';
import { isChained, verifyNext, type ChainBreak, type ChainHead, type Difference, type StoredBytes } from './verify-chain';

describe('a chain', () => {
  it('holds when every event continues the one before it', () => {
    expect(breaksIn(chain(4))).toEqual([]);
  });

  it('is verified from the first event that is there', () => {
    expect(breaksIn(chain(4).slice(2))).toEqual([]);
  });

  it.each<[string, Tampering, readonly Difference[]]>([
    ['data that was changed', second((event) => withData(event, '"b"', '"x"')), ['hash']],
    ['metadata that was changed', second((event) => withMetadata(event, 'user-1', 'user-2')), ['hash']],
    ['a member of metadata that no release knows', second((event) => withMetadata(event, '{', '{"note":"x",')), ['hash']],
    ['a type that was changed', second((event) => ({ ...event, type: 'ConnectionRenamed.v2' })), ['hash']],
    ['an id that was changed', second((event) => ({ ...event, id: idOf(9) })), ['hash']],
    ['a hash that was changed', second((event) => withMetadata(event, '"hash":"', '"hash":"0')), ['hash', 'prevHash']],
    ['a hash that was taken away', second((event) => withMetadata(event, '"hash"', '"hush"')), ['hash']],
    ['an event that was moved to another stream', ([first, ...rest]) => [{ ...first!, stream: 'connection-2' }, ...rest], ['hash']],
    ['an event that was taken out', (events) => events.toSpliced(1, 1), ['revision', 'prevHash']],
    ['an event that was taken out and not left a gap', (events) => renumbered(events.toSpliced(1, 1)), ['prevHash', 'hash', 'hash']],
    ['events that changed places', ([a, b, c]) => [a!, c!, b!], ['revision', 'prevHash', 'revision', 'prevHash']],
    ['an event that is there twice', (events) => events.toSpliced(1, 0, events[0]!), ['revision', 'id', 'prevHash']],
    ['white space', second((event) => withData(event, ':', ': ')), ['text']],
    ['a member that is there twice', second((event) => withData(event, '{', '{"from":"z",')), ['text']],
    ['another way to write a character', second((event) => withData(event, '"b"', '"\\u0062"')), ['text']],
    ['a byte order mark', second((event) => ({ ...event, data: Buffer.from(`\ufeff${textOf(event.data)}`) })), ['text', 'hash']],
    ['bytes that are no text', second((event) => ({ ...event, data: Buffer.from([0x22, 0xff, 0x22]) })), ['text', 'hash']],
    ['no bytes', second((event) => ({ ...event, data: Buffer.alloc(0) })), ['text', 'hash']],
    [
      'what is too deep to be read',
      second((event) => ({ ...event, data: Buffer.from(`${'['.repeat(1e5)}${']'.repeat(1e5)}`) })),
      ['text', 'hash'],
    ],
  ])('shows %s', (_, tampered, expected) => {
    expect(breaksIn(tampered(chain(4))).map(({ differs }) => differs)).toEqual(expected);
  });

  it('does not show members in another order: they are the same content', () => {
    const reversed = second((event) => {
      const members = Object.entries(JSON.parse(textOf(event.data)) as object).reverse();
      return { ...event, data: Buffer.from(JSON.stringify(Object.fromEntries(members))) };
    });
    expect(breaksIn(reversed(chain(4)))).toEqual([]);
  });

  it('says in a sentence what is wrong where', () => {
    const [broken] = breaksIn(second((event) => withData(event, '"c"', '"x"'))(chain(4)));
    expect(broken).toEqual({
      stream: 'connection-1',
      revision: 1,
      differs: 'hash',
      sentence: 'connection-1@1 is not what was hashed when it was written.',
    });
  });

  it.each([
    ['connection-1', true],
    ['log', true],
    ['webhook-1', true],
    ['snapshot-connection-1', false],
    ['$$connection-1', false],
  ])('is what %s is: %s', (stream, chained) => {
    expect(isChained(stream)).toBe(chained);
  });
});

type Tampering = (events: readonly StoredBytes[]) => readonly StoredBytes[];

function breaksIn(events: readonly StoredBytes[]): readonly ChainBreak[] {
  let head: ChainHead | undefined;
  return events.flatMap((event) => {
    const verified = verifyNext(head, event);
    head = verified.head;
    return verified.breaks;
  });
}

/** The events of a stream as they are written: each renames a connection. */
function chain(length: number): readonly StoredBytes[] {
  let prevHash = chainStart;
  return Array.from({ length }, (_, revision) => {
    const event: PatchbayEvent = {
      type: 'ConnectionRenamed',
      data: { from: names[revision]!, to: names[revision + 1]!, statusAfter: { status: 'active', code: null } },
    };
    const context = {
      commandId: idOf(100 + revision),
      correlationId: 'req-1',
      causationId: 'req-1',
      workspaceId: 'acme',
      actor: { kind: 'user', id: 'user-1' },
    } as const;
    const place = { stream: 'connection-1', revision, eventId: idOf(revision), prevHash, occurredAt: '2026-11-24T09:00:00.000Z', context };
    const { id, type, data, metadata } = eventCodec.encode(event, place);
    prevHash = metadata.hash;
    return { stream: 'connection-1', revision, id, type, data: bytesOf(data), metadata: bytesOf(metadata) };
  });
}

const names = ['a', 'b', 'c', 'd', 'e'];

function second(tampered: (event: StoredBytes) => StoredBytes): Tampering {
  return (events) => events.map((event, index) => (index === 1 ? tampered(event) : event));
}

function renumbered(events: readonly StoredBytes[]): readonly StoredBytes[] {
  return events.map((event, revision) => ({ ...event, revision }));
}

function withData(event: StoredBytes, before: string, after: string): StoredBytes {
  return { ...event, data: Buffer.from(textOf(event.data).replace(before, after)) };
}

function withMetadata(event: StoredBytes, before: string, after: string): StoredBytes {
  return { ...event, metadata: Buffer.from(textOf(event.metadata).replace(before, after)) };
}

const idOf = (n: number): string => `018f2f6e-7c1a-5b52-9d3c-${String(n).padStart(12, '0')}`;
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const bytesOf = (content: unknown): Uint8Array => Buffer.from(JSON.stringify(content));
