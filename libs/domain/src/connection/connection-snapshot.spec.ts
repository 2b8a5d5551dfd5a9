import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import canonicalize from 'canonicalize';
import { eventCodec, type ConnectionEvent } from '#events';
import { chronicledConnection, type ChronicledConnection } from './chronicle';
import { connectionSnapshot, evolveVersion } from './connection-snapshot';
import { existing } from './connection-state';

/** A life of a connection in which each event that was ever written happens: the golden samples of the events, in the order of their revisions. */
const samples = join(__dirname, '..', '..', '..', 'events', 'samples');
const life = readdirSync(samples)
  .map((file) => JSON.parse(readFileSync(join(samples, file), 'utf8')) as { stream: string; revision: number; type: string; data: unknown })
  .filter(({ stream }) => stream.startsWith('connection-'))
  .sort((one, other) => one.revision - other.revision)
  .map(({ type, data }) => eventCodec.decode(type, data) as ConnectionEvent);

/** The same, and what else makes a difference: verifications of the candidate, and checks in a row that could not be made. */
const events = life.flatMap((event): readonly ConnectionEvent[] => {
  if (event.type !== 'ConnectionVerified' && event.type !== 'VerificationFailed') return [event];
  const against = { ...event.data.against, secretId: '018f2f6e-7c1a-7b52-9d3c-5a1f0e6b7c14' };
  const ofCandidate = { ...event, data: { ...event.data, against } } as ConnectionEvent;
  if (event.type === 'ConnectionVerified') return [event, ofCandidate, { ...event, data: { ...event.data, limited: true } }];
  return [event, ofCandidate, { ...event, data: { ...event.data, trigger: 'scheduled', category: 'timeout' } }];
});

const circumstances = { occurredAt: '2026-11-24T09:00:00.000Z', actor: { kind: 'user', id: 'user-1' } } as const;
const evolve = (state: ChronicledConnection, event: ConnectionEvent) => chronicledConnection.evolve(state, event, circumstances);
const lived = life.reduce<readonly ChronicledConnection[]>(
  (states, event) => [...states, evolve(states.at(-1) ?? chronicledConnection.initial, event)],
  [],
);
/** Every state of the life, and every state that one or two events more lead to, in whatever order. */
const once = lived.flatMap((state) => events.map((event) => evolve(state, event)));
const states = [...lived, ...once, ...once.flatMap((state) => events.map((event) => evolve(state, event)))];

describe('the state of a connection that is kept beside its stream', () => {
  it('comes back whole', () => {
    for (const state of states) expect(connectionSnapshot.parse(stored(state))).toStrictEqual(state);
  });

  it('is the state of a connection that exists', () => {
    expect(() => connectionSnapshot.parse(chronicledConnection.initial)).toThrow();
  });

  const { serviceUrl: _, environment: __, ...always } = existing(lived[4]!);
  it.each(Object.keys(always))('does not come back without its %s', (member) => {
    const { [member]: ___, ...rest } = stored(lived[4]!);
    expect(() => connectionSnapshot.parse(rest)).toThrow();
  });

  it('does not come back with a member that this release does not know', () => {
    expect(() => connectionSnapshot.parse({ ...stored(lived[4]!), mood: 'good' })).toThrow();
    expect(() => connectionSnapshot.parse({ ...stored(lived[4]!), condition: { kind: 'active', limited: false, mood: 'good' } })).toThrow();
  });

  /**
   * Where this fails, `evolve` makes something else of events that are in logs, or a kind of event was added. In the former case add one to
   * `evolveVersion`, so that nobody goes on from a state that was folded by the rules of yesterday; then say here what it makes of them now.
   */
  it('was folded by the rules of this version of evolve', () => {
    const digest = createHash('sha256').update(canonicalize(states)!).digest('base64url');
    expect({ evolveVersion, digest }).toEqual({ evolveVersion: 1, digest: 'rolQ4hvrvfYZu7CbUwNawyA7FtkKlbo4Y3fMAE8hhcM' });
  });
});

function stored(state: ChronicledConnection): Record<string, unknown> {
  return JSON.parse(JSON.stringify(state)) as Record<string, unknown>;
}
