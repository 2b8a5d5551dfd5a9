import type { ProjectionRebuild } from '#read-models';
import { toldRebuild } from './told-rebuild';

const now = new Date('2026-11-24T10:00:10.000Z');
const rebuild: ProjectionRebuild = {
  id: '0199a1d8-44c0-4b6e-9d12-6c1e0f5b2d33',
  projection: 'connectors',
  kind: 'rebuild',
  version: 2,
  state: 'running',
  askedBy: 'ops',
  askedAt: new Date('2026-11-24T10:00:00.000Z'),
  startedAt: new Date('2026-11-24T10:00:00.000Z'),
  workedAt: new Date('2026-11-24T10:00:09.500Z'),
  endedAt: null,
  position: 400_206n,
  head: 800_412n,
  eventsPerSecond: 10_200.4,
  secondsLeft: 39.2,
  error: null,
};

describe('a line about a rebuild', () => {
  it.each<[string, Partial<ProjectionRebuild>, string]>([
    ['how far it is', {}, '[###############···············] 50.0 %, 400,206 of 800,412, 10,200 events/s, 40 s left'],
    [
      'at its end',
      { position: 800_412n, secondsLeft: 0 },
      '[##############################] 100.0 %, 800,412 of 800,412, 10,200 events/s, 0 s left',
    ],
    [
      'before it knows how much there is',
      { position: 0n, head: null, eventsPerSecond: null, secondsLeft: null },
      '[······························] 0.0 %, 0 of ?',
    ],
    [
      'that whoever worked on it is gone',
      { workedAt: new Date('2026-11-24T10:00:01.000Z') },
      '[###############···············] 50.0 %, 400,206 of 800,412, nobody works on it: is a process of the projections running?',
    ],
    ['that it waits for somebody', { state: 'asked', workedAt: null }, 'waits for a process of the projections that has version 2'],
    ['that it was asked for just now', { state: 'asked', workedAt: null, askedAt: now }, 'is asked for'],
  ])('says %s', (_, changed, line) => {
    expect(toldRebuild({ ...rebuild, ...changed }, now)).toBe(line);
  });
});
