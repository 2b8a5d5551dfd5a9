import { sqlStateOf } from './is-events-fault';

/**
 * What may be kept of an error: its name, PostgreSQL's code, and where it was thrown. Messages are left out: they quote what they stumbled
 * over, and that is somebody's data.
 */
export function errorText(error: unknown): string {
  if (!(error instanceof Object)) return typeof error;
  const { name, message, stack } = error as { name?: unknown; message?: unknown; stack?: unknown };
  const place = typeof stack === 'string' ? placeIn(stack.replace(String(message), '')) : undefined;
  return [typeof name === 'string' ? name : 'Error', sqlStateOf(error), place && `at ${place}`]
    .filter((part) => part !== undefined)
    .join(' ');
}

/** `workspace-connections.ts:41:17` of the innermost frame that names a file of ours or a library's. */
function placeIn(stack: string): string | undefined {
  return /^ {4}at .*?([^\s/\\():]+\.[jt]s:\d+:\d+)\)?$/m.exec(stack)?.[1];
}
