import { randomUUID } from 'node:crypto';
import { caughtUpAnswer, checkpointAnswer, confirmationAnswer, eventAnswer, type ReadAnswer } from './read-answers';
import type { ReadRequest } from './read-request';
import type { Serving } from './serving';

/**
 * A cursor that sleeps at the end of what there is. It reads pages of what is stored and nothing else, so it needs no buffer of live
 * events, cannot lose one between catching up and following, and takes as much time as its client.
 */
export const subscribe = async (
  { source, from, filter }: ReadRequest & { kind: 'subscription' },
  { reader, commits }: Serving,
  answer: (message: ReadAnswer) => Promise<void>,
  over: AbortSignal,
): Promise<void> => {
  const watch = commits.watch(source === 'all' ? null : source.stream);
  try {
    let next = from === 'end' ? (await reader.extentOf(source)).last + 1n : from;
    let follows = false;
    let considered = 0;
    await answer(confirmationAnswer(randomUUID()));
    for (;;) {
      over.throwIfAborted(); // also where the filter lets nothing through
      const { first, last, since } = await reader.extentOf(source);
      const page = await reader.page(source, { direction: 'forwards', from: max(next, first), to: last, since });
      for (const event of page.events) {
        if (filter?.admits(event) !== false) await answer(eventAnswer(event));
        considered += 1;
        if (filter === null || considered < filter.checkpointInterval) continue;
        await answer(checkpointAnswer(event.position));
        considered = 0;
      }
      if (page.next !== null) {
        next = page.next;
        follows = false; // more than a page behind
        continue;
      }
      next = max(next, last + 1n);
      if (!follows) {
        if (filter !== null && last > 0n && next === last + 1n) await answer(checkpointAnswer(last));
        considered = 0;
        await answer(caughtUpAnswer());
        follows = true;
      }
      await watch.next(over);
    }
  } finally {
    watch.close();
  }
};

const max = (one: bigint, other: bigint): bigint => (one > other ? one : other);
