import type { Happening, ParkedEvent, Unparked } from '#follow';
import type { Logger } from '#runtime';

/** What a follower of the read models has to tell, as log lines. */
export function logHappening(logger: Logger, happening: Happening): void {
  switch (happening.kind) {
    case 'turned':
      logger.info({ role: happening.role }, `The read models' runner is ${happening.role}`);
      break;
    case 'applied':
      logger.debug({ events: happening.events, position: String(happening.position) }, 'A batch was applied');
      break;
    case 'parked':
      for (const parked of happening.parked) {
        const waits = parked.error === null;
        logger.error(lineOf(parked), waits ? 'An event waits behind a parked one' : 'An event was parked: its row is stale');
      }
      break;
    case 'unparked':
      logUnparked(logger, happening.unparked);
      break;
    case 'failed':
      logger.error({ err: happening.error }, 'The read models are not written: it is tried again');
      break;
  }
}

function logUnparked(logger: Logger, { key, applied, stuck }: Unparked): void {
  if (stuck === null) logger.info({ stream: key, applied }, 'What was parked has been applied: its row is up to date');
  else logger.error({ ...lineOf(stuck), applied }, 'A parked event could not be applied again: its row stays stale');
}

function lineOf({ stored: { stream, revision, position, type }, error }: ParkedEvent): object {
  return { stream, revision, position: String(position), type, reason: error };
}
