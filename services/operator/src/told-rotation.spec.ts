import type { KeyRotation } from '#vault';
import { ToldRotation } from './told-rotation';

const rotation: KeyRotation = {
  rotationId: '0199a1d8-44c0-7b6e-9d12-6c1e0f5b2d33',
  level: 'workspace',
  workspaceId: null,
  mode: 'rewrap',
  reason: 'asked',
  askedBy: 'ops',
  askedAt: new Date('2026-11-24T10:00:00.000Z'),
  total: 100_000,
  done: 0,
  finishedAt: null,
};

describe('a line about a change of keys', () => {
  let now: number;
  let told: ToldRotation;
  beforeEach(() => {
    now = 0;
    told = new ToldRotation(() => now);
  });
  const after = (ms: number, changed: Partial<KeyRotation>): string => {
    now += ms;
    return told.line({ ...rotation, ...changed });
  };

  it('says how far it is, how fast, and how long it still takes', () => {
    expect(after(0, { done: 10_000 })).toBe('[###···························] 10.0 %, 10,000 of 100,000 secrets');
    expect(after(5_000, { done: 50_000 })).toBe('[###############···············] 50.0 %, 50,000 of 100,000 secrets, 8,000/s, 7 s left');
    expect(after(7_000, { done: 100_000 })).toMatch(/^\[#{30}\] 100\.0 %, .*, 0 s left$/);
  });

  it('counts keys where the root is changed, and nothing as all of it', () => {
    expect(after(0, { level: 'root', total: 0 })).toBe('[##############################] 100.0 %, 0 of 0 keys');
  });

  it('asks for somebody to take it up, once that takes too long', () => {
    expect(after(1_000, { total: null })).toBe('is asked for');
    expect(after(20_000, { total: null })).toBe('waits: does a process of the connection service run, with the root key?');
  });

  it('says that nobody works on it any more, until somebody does', () => {
    after(0, { done: 10_000 });
    expect(after(20_001, { done: 10_000 })).toBe(
      '[###···························] 10.0 %, 10,000 of 100,000 secrets, nobody works on it: does a process of the connection service run, with the root key?',
    );
    expect(after(1_000, { done: 20_000 })).toMatch(/20,000 of 100,000 secrets, \d+\/s, /);
  });
});
