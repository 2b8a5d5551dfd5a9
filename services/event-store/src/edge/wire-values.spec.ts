import fc from 'fast-check';
import { shared } from './protocol';
import { streamNameOf, uuidOf, wireStreamName, wireUuid } from './wire-values';

describe('a UUID on the wire', () => {
  it('comes as text of either case, and is kept in lower case', () => {
    expect(uuidOf(wireUuid('0E4AA3E2-0F77-4D0C-9C3D-5C1F0F0B9AFD'))).toBe('0e4aa3e2-0f77-4d0c-9c3d-5c1f0f0b9afd');
  });

  it('comes as two signed halves from clients of other languages', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
        const halves = new shared.UUID.Structured()
          .setMostSignificantBits(String(bytes.readBigInt64BE(0)))
          .setLeastSignificantBits(String(bytes.readBigInt64BE(8)));
        expect(uuidOf(new shared.UUID().setStructured(halves))).toBe(uuid);
      }),
    );
  });

  it.each([undefined, new shared.UUID(), wireUuid('x')])('that is none is refused', (uuid) => {
    expect(() => uuidOf(uuid)).toThrow('not a UUID');
  });
});

describe('a stream name on the wire', () => {
  it('is UTF-8', () => {
    expect(streamNameOf(wireStreamName('connection-☎'))).toBe('connection-☎');
    expect(() => streamNameOf(new shared.StreamIdentifier().setStreamName(new Uint8Array([0xff])))).toThrow('not UTF-8');
  });
});
