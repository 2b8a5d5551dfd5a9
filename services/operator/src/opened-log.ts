import { openRawLog, type RawLog } from '#event-store';
import type { Secret } from '#secret';
import { ConfigurationIsInvalid } from './run-command';

/**
 * The log that a variable names.
 *
 * @throws ConfigurationIsInvalid
 */
export function openedLog(variable: string, url: Secret): RawLog {
  try {
    return openRawLog({ url, name: 'patchbay-operator' });
  } catch (error) {
    throw new ConfigurationIsInvalid(`${variable}: ${(error as Error).message}.`);
  }
}
