import fc from 'fast-check';
import type { Append } from './append';
import type { Deletion } from './deletion';
import { tombstoneRevision, type ExpectedVersion, type PlacedEvent } from './log-event';
import { headUnder, LogTip } from './log-tip';
import { planCommit, streamsOf, type CommitPlan } from './plan-commit';
import type { Write } from './write';

const noon = Date.parse('2026-01-01T12:00:00Z');

describe('the plan of a commit', () => {
  it('decides each append on what those before it leave behind', () => {
    const { decisions, events } = plan(logOf('a1', 'a2'), [
      append('a', 1, ['a3']),
      append('a', 1, ['a4']),
      append('a', 2, ['a5', 'a6']),
      append('b', 'no-stream', ['b1']),
      append('b', 'no-stream', ['b2']),
      append('b', 'stream-exists', ['b3']),
    ]);
    expect(decisions).toEqual([
      { kind: 'stored', revision: 2, position: 3n },
      { kind: 'compare', after: 1, eventIds: ['a4'], actual: 2 },
      { kind: 'stored', revision: 4, position: 5n },
      { kind: 'stored', revision: 0, position: 6n },
      { kind: 'compare', after: -1, eventIds: ['b2'], actual: 0 },
      { kind: 'stored', revision: 1, position: 7n },
    ]);
    expect(events.map(({ id, stream, revision, position }) => [id, stream, revision, position])).toEqual([
      ['a3', 'a', 2, 3n],
      ['a5', 'a', 3, 4n],
      ['a6', 'a', 4, 5n],
      ['b1', 'b', 0, 6n],
      ['b3', 'b', 1, 7n],
    ]);
  });

  it.each<[string, ExpectedVersion, string[]]>([
    ['a version that is ahead', 5, ['x']],
    ['a stream that does not exist', 'stream-exists', ['x']],
    ['nothing new at a version that is behind', 'no-stream', []],
  ])('refuses %s', (_what, expected, ids) => {
    const stream = expected === 'stream-exists' ? 'missing' : 'a';
    expect(plan(logOf('a1'), [append(stream, expected, ids)])).toEqual({
      events: [],
      decisions: [{ kind: 'wrong-expected-version', actual: stream === 'a' ? 0 : -1 }],
    });
  });

  it('finds a stream that exists by its settings alone', () => {
    const log = logOf('a1');
    log.learn(new Map([['$$b', headUnder('$$b', -1, null)]]));
    log.advance([placed('$$b', 0, 2n, 'settings')]);
    expect(plan(log, [append('b', 'stream-exists', ['b1'])]).decisions).toEqual([{ kind: 'stored', revision: 0, position: 3n }]);
  });

  it('knows a repeated append of any version, also within one commit, and refuses one of which only a part is known', () => {
    const any = (ids: string[]): Append => append('a', 'any', ids);
    expect(plan(logOf('a1', 'a2'), [any(['a1', 'a2']), any(['a3']), any(['a3']), any(['a2', 'a4'])]).decisions).toEqual([
      { kind: 'stored', revision: 1, position: 2n },
      { kind: 'stored', revision: 2, position: 3n },
      { kind: 'stored', revision: 2, position: 3n },
      { kind: 'wrong-expected-version', actual: 2 },
    ]);
  });

  it('deletes and recreates a stream among those who share it, each as those before it leave it', () => {
    const { decisions, events } = plan(logOf('a1', 'a2'), [
      deletion('a', 'until-recreated', 1),
      append('a', 'stream-exists', ['a3']),
      append('a', 'no-stream', ['a3']),
      append('a', 'no-stream', ['a4']),
      deletion('a', 'until-recreated', 'any'),
      deletion('a', 'for-good', 'no-stream'),
      append('a', 'any', ['a5']),
      append('$$a', 'any', ['settings']),
      deletion('a', 'for-good', 'any'),
    ]);
    expect(decisions.map(({ kind }) => kind)).toEqual([
      'stored',
      'stream-is-deleted',
      'stored',
      'compare', // it is recreated: a version that is behind is one again
      'stored',
      'stored',
      'stream-is-deleted',
      'stream-is-deleted',
      'stream-is-deleted',
    ]);
    expect(events.map(({ stream, revision, data }) => [stream, revision, Buffer.from(data).toString()])).toEqual([
      ['$$a', 0, '{"$tb":9223372036854775807}'],
      ['a', 2, ''],
      ['$$a', 1, '{"$tb":2}'],
      ['$$a', 2, '{"$tb":9223372036854775807}'],
      ['a', tombstoneRevision, ''],
    ]);
  });

  it('answers a repeated append from memory while it remembers, so that it is known when its events were deleted since', () => {
    expect(plan(logOf('a1', 'a2', 'a3'), [append('a', 0, ['a2', 'a3']), append('a', 0, ['a3'])]).decisions).toEqual([
      { kind: 'stored', revision: 2, position: 3n },
      { kind: 'compare', after: 0, eventIds: ['a3'], actual: 2 },
    ]);
  });

  it('begins no append whose deadline has passed', () => {
    const late = { ...append('a', 'any', ['a2']), deadline: noon };
    expect(plan(logOf('a1'), [late])).toEqual({ events: [], decisions: [{ kind: 'too-late' }] });
  });

  it('leaves no gap in positions or revisions, whatever is asked for', () => {
    fc.assert(
      fc.property(fc.array(anyAppend, { maxLength: 40 }), (appends) => {
        const { events } = plan(logOf('a1', 'a2'), appends);
        expect(events.map(({ position }) => position)).toEqual(events.map((_, nth) => BigInt(nth + 3)));
        const heads = new Map([['a', 1]]);
        for (const { stream, revision } of events) {
          expect(revision).toBe((heads.get(stream) ?? -1) + 1);
          heads.set(stream, revision);
        }
      }),
    );
  });

  it('stores nothing for an append that is sent again after it was committed, unless it expects the version it led to', () => {
    fc.assert(
      fc.property(fc.array(anyAppend, { maxLength: 10 }), anyAppend, (before, one) => {
        const log = logOf('a1', 'a2');
        const first = plan(log, [...before, one]);
        log.advance(first.events);
        fc.pre(first.decisions.at(-1)?.kind === 'stored' && one.events.length > 0);
        expect(plan(log, [one]).events).toEqual([]);
      }),
    );
  });
});

const anyAppend: fc.Arbitrary<Append> = fc
  .record({
    stream: fc.constantFrom('a', 'b', 'c'),
    expected: fc.oneof(fc.constantFrom<ExpectedVersion>('any', 'no-stream', 'stream-exists'), fc.integer({ min: 0, max: 6 })),
    ids: fc.array(fc.uuid(), { maxLength: 3 }),
  })
  .map(({ stream, expected, ids }) => append(stream, expected, ids));

const nothing = new Uint8Array();

const append = (stream: string, expected: ExpectedVersion, ids: readonly string[]): Append => ({
  stream,
  expected,
  events: ids.map((id) => ({ id, type: 'Renamed.v1', isJson: true, data: nothing, metadata: nothing })),
  deadline: Infinity,
});

const deletion = (stream: string, lasts: Deletion['lasts'], expected: ExpectedVersion): Deletion => ({
  stream,
  lasts,
  expected,
  deadline: Infinity,
});

const placed = (stream: string, revision: number, position: bigint, id: string): PlacedEvent => ({
  id,
  type: 'Renamed.v1',
  isJson: true,
  data: nothing,
  metadata: nothing,
  stream,
  revision,
  position,
});

/** A log whose only stream, `a`, holds events of these ids. */
const logOf = (...ids: string[]): LogTip =>
  new LogTip(
    BigInt(ids.length),
    ids.map((id, nth) => placed('a', nth, BigInt(nth + 1), id)),
  );

/** As the writer does it: streams it does not know are empty, but for `a`. */
const plan = (log: LogTip, writes: readonly Write[]): CommitPlan => {
  const unknown = log.unknownOf(writes.flatMap(streamsOf));
  log.learn(new Map(unknown.map((stream) => [stream, headUnder(stream, stream === 'a' ? Number(log.lastPosition) - 1 : -1, null)])));
  return planCommit(writes, log, noon);
};
