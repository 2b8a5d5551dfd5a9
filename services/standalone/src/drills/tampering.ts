import type { StoredBytes } from '#events';

/** Draws a whole number below the one given. */
export type Draw = (below: number) => number;

/** Makes another stream of the one that was exported; it never answers the same. */
export type Tampering = (stream: readonly StoredBytes[], draw: Draw, others: readonly StoredBytes[]) => readonly StoredBytes[];

/** Everything that is done to a stream, by what a reader of the figures is told. Its end is left alone: see `cutTail`. */
export const tamperings: Readonly<Record<string, Tampering>> = {
  'a byte of data flipped': (stream, draw) => changed(stream, draw, (event) => ({ ...event, data: flipped(event.data, draw) })),
  'a byte of metadata flipped': (stream, draw) => changed(stream, draw, (event) => ({ ...event, metadata: flipped(event.metadata, draw) })),
  'a byte of the type flipped': (stream, draw) => changed(stream, draw, (event) => ({ ...event, type: flippedText(event.type, draw) })),
  'a byte of the id flipped': (stream, draw) => changed(stream, draw, (event) => ({ ...event, id: flippedText(event.id, draw) })),
  'a byte put into data': (stream, draw) => changed(stream, draw, (event) => ({ ...event, data: grown(event.data, draw) })),
  'an event dropped': (stream, draw) => perhapsRenumbered(stream.toSpliced(draw(stream.length - 1), 1), draw),
  'events cut out inside': (stream, draw) => {
    const first = draw(stream.length - 2);
    return perhapsRenumbered(stream.toSpliced(first, 1 + draw(stream.length - 1 - first)), draw);
  },
  'an event moved': (stream, draw) => {
    const from = draw(stream.length);
    const to = (from + 1 + draw(stream.length - 1)) % stream.length;
    return perhapsRenumbered(stream.toSpliced(from, 1).toSpliced(to, 0, ...stream.slice(from, from + 1)), draw);
  },
  'an event of its own put in': (stream, draw) => perhapsRenumbered(stream.toSpliced(draw(stream.length + 1), 0, one(stream, draw)), draw),
  "another stream's event put in": (stream, draw, others) => {
    const event = { ...one(others, draw), stream: one(stream, draw).stream };
    return perhapsRenumbered(stream.toSpliced(draw(stream.length + 1), 0, event), draw);
  },
};

/** What no chain shows: its last event is as good as any to end with. */
export const cutTail: Tampering = (stream, draw) => stream.slice(0, 1 + draw(stream.length - 1));

function one<Item>(items: readonly Item[], draw: Draw): Item {
  const [item] = items.slice(draw(items.length));
  if (item === undefined) throw new RangeError('There is nothing to draw from.');
  return item;
}

function changed(stream: readonly StoredBytes[], draw: Draw, change: (event: StoredBytes) => StoredBytes): readonly StoredBytes[] {
  const chosen = one(stream, draw);
  return stream.map((event) => (event === chosen ? change(event) : event));
}

/** Whoever removes events may also close the gap. */
function perhapsRenumbered(stream: readonly StoredBytes[], draw: Draw): readonly StoredBytes[] {
  return draw(2) === 0 ? stream : stream.map((event, revision) => ({ ...event, revision }));
}

function flipped(bytes: Uint8Array, draw: Draw): Uint8Array {
  const at = draw(bytes.length);
  const by = 1 + draw(255);
  return bytes.map((byte, index) => (index === at ? byte ^ by : byte));
}

function flippedText(text: string, draw: Draw): string {
  return Buffer.from(flipped(Buffer.from(text, 'latin1'), draw)).toString('latin1');
}

/** Often white space, which leaves JSON what it says. */
function grown(bytes: Uint8Array, draw: Draw): Uint8Array {
  const at = draw(bytes.length + 1);
  const put = draw(2) === 0 ? Buffer.from(' \t\n\r'.charAt(draw(4))) : Buffer.from([draw(256)]);
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at)]);
}
