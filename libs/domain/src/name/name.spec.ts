import fc from 'fast-check';
import { specification } from '#testing';
import { foldName, nameStreamId } from './fold-name';
import { name, type NameCommand } from './name';

const given = specification(name);
const mine = '018f2f6e-7c1a-7b52-9d3c-5a1f0e6b7c10';
const theirs = '018f2f6e-7c1a-7b52-9d3c-5a1f0e6b7c11';
const commandId = '018f2f6e-7c1a-5b52-9d3c-5a1f0e6b7c12';
const reserve = (connectionId: string, lostBy?: string): NameCommand => ({
  type: 'Reserve',
  connectionId,
  commandId,
  ...(lostBy && { lostBy }),
});
const reserved = (connectionId: string) => ({ type: 'NameReserved' as const, data: { connectionId, commandId } });
const released = (connectionId: string) => ({ type: 'NameReleased' as const, data: { connectionId } });

describe('a name', () => {
  it('belongs to whoever reserves it first', () => {
    given().when(reserve(mine)).then(reserved(mine));
    given(reserved(theirs)).when(reserve(mine)).thenRefused('NameIsTaken');
  });

  it('is no further reservation for the one who holds it', () => {
    given(reserved(mine)).when(reserve(mine)).thenNothing();
  });

  it('is free again once it is released', () => {
    given(reserved(theirs), released(theirs)).when(reserve(mine)).then(reserved(mine));
  });

  it('goes to the next taker in one step when its holder was found not to use it', () => {
    given(reserved(theirs)).when(reserve(mine, theirs)).then(released(theirs), reserved(mine));
  });

  it('stays when the one who lost it is not the one who holds it', () => {
    given(reserved(theirs)).when(reserve(mine, mine)).thenRefused('NameIsTaken');
  });

  it('is released by its holder only', () => {
    given(reserved(mine)).when({ type: 'Release', connectionId: mine }).then(released(mine));
    given(reserved(theirs)).when({ type: 'Release', connectionId: mine }).thenNothing();
    given().when({ type: 'Release', connectionId: mine }).thenNothing();
  });
});

describe('folding names', () => {
  it.each([
    ['Orders', ' oRDERS '],
    ['STRASSE', 'straße'],
    ['STRAẞE', 'strasse'],
    ['\ufe7e', '\u0652'],
    ['ＡＢＣ', 'abc'],
    ['ﬁle', 'FILE'],
    ['e\u0301te\u0301', 'ÉTÉ'],
  ])('finds %j and %j to be one name', (one, other) => {
    expect(foldName(one)).toBe(foldName(other));
  });

  it('is finished after one time', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (entered) => foldName(foldName(entered)) === foldName(entered)));
  });

  it('keeps workspaces apart', () => {
    expect(nameStreamId('acme', 'Orders')).not.toBe(nameStreamId('umbrella', 'Orders'));
    expect(nameStreamId('acme', 'Orders')).toMatch(/^acme\.[0-9a-f]{64}$/);
  });
});
