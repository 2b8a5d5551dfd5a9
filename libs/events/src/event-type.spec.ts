import { z } from 'zod';
import { EventType } from './event-type';

const Moved = EventType.named('Moved', z.object({ to: z.string() }))
  .then(z.object({ to: z.string(), by: z.string().nullable() }), (v1) => ({ ...v1, by: null }))
  .then(z.object({ to: z.array(z.string()), by: z.string().nullable() }), ({ to, by }) => ({ to: [to], by }));

describe('an event type', () => {
  it('stores its newest version under a name that says so', () => {
    expect(Moved.storedName).toBe('Moved.v3');
  });

  it.each([
    [1, { to: 'a' }, { to: ['a'], by: null }],
    [2, { to: 'a', by: 'me' }, { to: ['a'], by: 'me' }],
    [3, { to: ['a', 'b'], by: 'me' }, { to: ['a', 'b'], by: 'me' }],
  ])('lifts version %i to the shape of today', (version, stored, today) => {
    expect(Moved.read(version, stored)).toEqual(today);
  });

  it('refuses a payload that does not fit the version it claims to be', () => {
    expect(() => Moved.read(2, { to: 'a' })).toThrow();
  });

  it('refuses a version it does not know', () => {
    expect(() => Moved.read(4, { to: ['a'], by: null })).toThrow('has no version 4');
  });
});
