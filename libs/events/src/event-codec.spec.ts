import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventCodec, eventTypes, UnknownEventType, type PatchbayEvent } from './event-codec';
import { EventMetadata } from './event-metadata';
import { chainStart, hashOf, type ChainedEvent } from './hash-chain';

type Sample = Omit<ChainedEvent, 'metadata'> & { readonly metadata: EventMetadata };

const samplesFolder = join(__dirname, '..', 'samples');
const samples = readdirSync(samplesFolder).map((file) => ({
  file,
  sample: JSON.parse(readFileSync(join(samplesFolder, file), 'utf8')) as Sample,
}));

describe('the golden samples', () => {
  it('hold one of every version ever written', () => {
    const everWritten = Object.values(eventTypes).flatMap(({ name, version }) =>
      Array.from({ length: version }, (_, before) => `${name}.v${before + 1}`),
    );
    expect(samples.map(({ sample }) => sample.type).sort()).toEqual(everWritten.sort());
  });

  it.each(samples)('read today: $file', ({ sample }) => {
    const event = eventCodec.decode(sample.type, sample.data);
    expect(event.type).toBe(sample.type.split('.')[0]);
    expect(eventCodec.metadata(sample.metadata)).toEqual(sample.metadata);
  });

  it.each(samples)('are as they were written: $file', ({ sample: { metadata, ...stored } }) => {
    const { hash, ...unhashed } = metadata;
    expect(hashOf({ ...stored, metadata: unhashed })).toBe(hash);
  });

  it.each(samples)('would be written the same today: $file', ({ sample }) => {
    const { occurredAt, prevHash, hash, ...context } = sample.metadata;
    const event = eventCodec.decode(sample.type, sample.data);
    const { stream, revision, eventId } = sample;
    expect(eventCodec.encode(event, { stream, revision, eventId, prevHash, occurredAt, context })).toEqual({
      id: eventId,
      type: sample.type,
      data: sample.data,
      metadata: { ...context, occurredAt, prevHash, hash },
    });
  });
});

describe('the codec', () => {
  const renamed: PatchbayEvent = { type: 'ConnectionRenamed', data: { from: 'a', to: 'b', statusAfter: { status: 'active', code: null } } };
  const place = {
    stream: 'connection-1',
    revision: 0,
    eventId: '018f2f6e-7c1a-5b52-9d3c-000000000001',
    prevHash: chainStart,
    occurredAt: '2026-11-24T09:00:00.000Z',
    context: {
      commandId: '018f2f6e-7c1a-5b52-9d3c-000000000002',
      correlationId: 'req-1',
      causationId: 'req-1',
      workspaceId: 'acme',
      actor: { kind: 'user' as const, id: 'user-1' },
    },
  };

  it.each(['ConnectionRenamed.v2', 'ConnectionForgotten.v1', 'ConnectionRenamed', 'constructor.v1', '$metadata'])(
    'does not know %s',
    (storedName) => {
      expect(() => eventCodec.decode(storedName, renamed.data)).toThrow(UnknownEventType);
    },
  );

  it('leaves out members of a later release instead of refusing them', () => {
    expect(eventCodec.decode('ConnectionRenamed.v1', { ...renamed.data, because: 'a later release says why' })).toEqual(renamed);
  });

  it('refuses to write what does not fit the schema: a wrong event must not become history', () => {
    const wrong = {
      type: 'ConnectionRenamed',
      data: { from: 'a', statusAfter: { status: 'active', code: null } },
    } as unknown as PatchbayEvent;
    expect(() => eventCodec.encode(wrong, place)).toThrow();
  });

  it('hashes what it stores: what a context holds besides is neither', () => {
    const more = { ...place, context: { ...place.context, tenant: 'acme', actor: { ...place.context.actor, name: 'Ada' } } };
    expect(eventCodec.encode(renamed, more)).toEqual(eventCodec.encode(renamed, place));
  });

  it('covers every member by the hash', () => {
    const { metadata, type, data, id } = eventCodec.encode(renamed, place);
    const { hash, ...unhashed } = metadata;
    const stored = { stream: place.stream, revision: 0, eventId: id, type, data, metadata: unhashed };
    const altered: ChainedEvent[] = [
      { ...stored, stream: 'connection-2' },
      { ...stored, revision: 1 },
      { ...stored, eventId: '018f2f6e-7c1a-5b52-9d3c-000000000009' },
      { ...stored, type: 'ConnectionRenamed.v2' },
      { ...stored, data: { ...data, to: 'c' } },
      { ...stored, metadata: { ...unhashed, workspaceId: 'other' } },
      { ...stored, metadata: { ...unhashed, prevHash: '1'.repeat(64) } },
      { ...stored, metadata: { ...unhashed, actor: { kind: 'user', id: 'user-2' } } },
    ];
    expect(hashOf(stored)).toBe(hash);
    expect(altered.map(hashOf)).not.toContain(hash);
    expect(new Set(altered.map(hashOf)).size).toBe(altered.length);
  });
});
