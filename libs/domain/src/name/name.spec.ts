import fc from 'fast-check';
import { specification } from '#testing';
import { foldName, nameStreamId } from './fold-name';
import { name, type NameCommand } from './name';

const given = specification(name);
const mine = '018f2f6e-7c1a-7b52-9d3c-5a1f0e6b7c10';
const theirs = '018f2f6e-7c1a-7b52-9d3c-5a1f0e6b7c11';
const commandId = '018f2f6e-7c1a-5b52-9d3c-5a1f0e6b7c12';
const reserve = (connectionId: string, lost?: number): NameCommand => ({
  type: 'Reserve',
  connectionId,
  commandId,
  ...(lost !== undefined && { lost }),
});
const reserved = (connectionId: string) => ({ type: 'NameReserved' as const, data: { connectionId, commandId } });
const released = (connectionId: string) => ({ type: 'NameReleased' as const, data: { connectionId } });

describe('a name', () => {
  it('belongs to whoever reserves it first', () => {
    given().when(reserve(mine)).then(reserved(mine));
    given(reserved(theirs)).when(reserve(mine)).thenRefused('NameIsTaken');
  });

  it('is reserved anew by the one who holds it', () => {
    given(reserved(mine)).when(reserve(mine)).then(reserved(mine));
  });

  it('is free again once it is released', () => {
    given(reserved(theirs), released(theirs)).when(reserve(mine)).then(reserved(mine));
  });

  it('goes to the next taker in one step when its holder was found not to use it', () => {
    given(reserved(theirs)).when(reserve(mine, 1)).then(released(theirs), reserved(mine));
  });

  it('stays with a holder that has reserved it anew since it was found not to use it', () => {
    given(reserved(theirs), reserved(theirs)).when(reserve(mine, 1)).thenRefused('NameIsTaken');
  });

  it('is released by its holder only', () => {
    given(reserved(mine)).when({ type: 'Release', connectionId: mine }).then(released(mine));
    given(reserved(theirs)).when({ type: 'Release', connectionId: mine }).thenNothing();
    given().when({ type: 'Release', connectionId: mine }).thenNothing();
  });

  it('is released as it was held: a reservation made since stays', () => {
    const release: NameCommand = { type: 'Release', connectionId: mine, reservation: 1 };
    given(reserved(mine)).when(release).then(released(mine));
    given(reserved(mine), reserved(mine)).when(release).thenNothing();
    given(reserved(mine), released(mine), reserved(mine)).when(release).thenNothing();
  });

  it('is withdrawn by the command that reserved it, unless another one of the same connection may rely on it', () => {
    const withdraw = (reservation: number): NameCommand => ({ type: 'Withdraw', connectionId: mine, reservation });
    given(reserved(mine)).when(withdraw(1)).then(released(mine));
    given(reserved(mine), reserved(mine)).when(withdraw(1)).thenNothing();
    given(reserved(mine), reserved(mine)).when(withdraw(2)).thenNothing();
    given(reserved(mine), released(mine), reserved(mine)).when(withdraw(2)).then(released(mine));
    given(reserved(theirs)).when(withdraw(1)).thenNothing();
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
