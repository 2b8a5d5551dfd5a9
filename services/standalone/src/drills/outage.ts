import { setTimeout as pause } from 'node:timers/promises';
import type { Evidence } from './evidence';
import type { Load } from './load';
import type { SeparateProcesses } from './separate-processes';
import type { ServiceProcess } from './service-process';

/** What is done to the event store, and how it comes back. */
export interface Fault {
  /** Past participle: `killed`. */
  readonly name: string;
  strike(eventStore: ServiceProcess): Promise<void>;
  /** Resolves when the event store could be reached again. */
  return(eventStore: ServiceProcess): Promise<void>;
}

export interface OutageSurroundings {
  readonly processes: SeparateProcesses;
  readonly load: Load;
  readonly evidence: Evidence;
  readonly unwanted: AbortSignal;
}

/** How long each thing took, in ms; null where it did not happen in time. */
export interface OutageTimes {
  /** Until both services said that they are not ready, because of the log. */
  readonly down: number | null;
  /** From the return until both said that they are ready. */
  readonly up: number | null;
  /** From the return until a command was done. */
  readonly commands: number | null;
  /** From the return until the read models showed what was done after it. */
  readonly caughtUp: number | null;
}

/** The bar: event-log.md, section 7. */
export const caughtUpWithinMs = 5_000;

const noticedWithinMs = 10_000;
const lookEachMs = 50;

/** Takes the event store away for a while, under load, and looks at what the two services say of it and when they are at work again. */
export async function outage(
  fault: Fault,
  lastsMs: number,
  { processes, load, evidence, unwanted }: OutageSurroundings,
): Promise<OutageTimes> {
  const services = [processes.connection, processes.projections];
  const until = (holds: () => Promise<boolean>): Promise<number | null> => firstTime(holds, noticedWithinMs, unwanted);

  await fault.strike(processes.eventStore);
  const [down] = await Promise.all([
    until(async () => (await Promise.all(services.map(saysThatLogIsDown))).every(Boolean)),
    pause(lastsMs, undefined, { signal: unwanted }),
  ]);
  await fault.return(processes.eventStore);
  const before = load.acknowledged.length;
  const position = (): bigint | null =>
    load.acknowledged.slice(before).find(({ answer }) => answer.position !== null)?.answer.position ?? null;
  const [up, commands, caughtUp] = await Promise.all([
    until(async () => (await Promise.all(services.map(saysThatLogIsUp))).every(Boolean)),
    until(() => Promise.resolve(position() !== null)),
    until(async () => {
      const done = position();
      return done !== null && (await evidence.reached()) >= done;
    }),
  ]);
  return { down, up, commands, caughtUp };
}

/** By its readiness, with the reason, and by its metric. */
async function saysThatLogIsDown(service: ServiceProcess): Promise<boolean> {
  const answer = await service.readiness();
  const log = answer?.checks.find(({ name }) => name === 'event_log');
  return answer?.ready === false && log?.up === false && log.detail !== undefined && (await service.metric('patchbay_log_up')) === 0;
}

async function saysThatLogIsUp(service: ServiceProcess): Promise<boolean> {
  return (await service.readiness())?.ready === true && (await service.metric('patchbay_log_up')) === 1;
}

/** After how many ms it held; null when it did not in time. */
async function firstTime(holds: () => Promise<boolean>, withinMs: number, unwanted: AbortSignal): Promise<number | null> {
  const began = performance.now();
  for (;;) {
    const held = await holds();
    const passed = Math.round(performance.now() - began);
    if (held) return passed;
    if (passed > withinMs) return null;
    await pause(lookEachMs, undefined, { signal: unwanted });
  }
}
