import type { ProjectionRebuild } from '#read-models';
import { bar } from './bar';
import { lasting } from './lasting';

/** A process that works tells of it twice a second. */
const silentMs = 5_000;

/** One line that says how far a rebuild is: `[######····] 43.1 %, 345,000 of 800,412, 10,200 events/s, 45 s left`. */
export function toldRebuild(rebuild: ProjectionRebuild, now: Date): string {
  const { state, version, askedAt, workedAt, position, head, eventsPerSecond, secondsLeft } = rebuild;
  const silent = now.getTime() - (workedAt ?? askedAt).getTime() > silentMs;
  if (state === 'asked') return silent ? `waits for a process of the projections that has version ${version}` : 'is asked for';
  const part = head === null || head === 0n ? 0 : Math.min(Number(position) / Number(head), 1);
  return [
    bar(part),
    `${position.toLocaleString('en')} of ${head?.toLocaleString('en') ?? '?'}`,
    ...(silent
      ? ['nobody works on it: is a process of the projections running?']
      : [
          ...(eventsPerSecond === null ? [] : [`${Math.round(eventsPerSecond).toLocaleString('en')} events/s`]),
          ...(secondsLeft === null ? [] : [`${lasting(Math.ceil(secondsLeft))} left`]),
        ]),
  ].join(', ');
}
