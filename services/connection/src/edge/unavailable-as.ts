import { Refused } from '#domain';
import { isUnavailable } from '#postgres';

/** What an error of the database means where nobody answers there: what it was needed for cannot be had now. Any other error stays what it is. */
export function unavailableAs(reason: 'ReadModelIsBehind' | 'VaultIsSealed', error: unknown): unknown {
  return isUnavailable(error) ? Object.assign(new Refused(reason), { cause: error }) : error;
}
