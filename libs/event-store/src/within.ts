import { LogIsUnavailable } from './event-store-errors';

/** The promise's outcome, or `LogIsUnavailable` after `ms`. A late rejection is nobody's business any more, and not an unhandled one. */
export async function within<Result>(ms: number, promise: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LogIsUnavailable(`the log did not answer within ${Math.ceil(ms)} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
