import { Refused } from '#domain';

/** What was found out was about a connection that has changed since: it is found out once more, about the connection as it is now. */
export async function onceMore<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused && error.reason === 'ConnectionChangedMeanwhile') return work();
    throw error;
  }
}
