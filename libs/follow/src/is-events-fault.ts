import { isUnavailable } from '#postgres';
import { QueryFailedError } from 'typeorm';
import { RunnerIsSuperseded } from './checkpoint';

/**
 * Whether an error is about the event that was being applied, so that trying again ends the same, rather than about the database. Of what
 * PostgreSQL says (manual, appendix A) only class 22, data that does not fit, class 23, a violated constraint, and class 54, a limit of the
 * server, are about an event; a missing table or right is not: it would park everything that happens.
 */
export function isEventsFault(error: unknown): boolean {
  if (error instanceof QueryFailedError) return /^(?:22|23|54)/.test(sqlStateOf(error) ?? '');
  return !(error instanceof RunnerIsSuperseded) && !isUnavailable(error);
}

/** The five characters PostgreSQL answered with; undefined where it was not PostgreSQL that failed. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof QueryFailedError)) return undefined;
  const { code } = error.driverError as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
