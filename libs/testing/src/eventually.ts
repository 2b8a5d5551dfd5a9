import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks `probe` until it neither rejects nor answers false, and resolves with its answer; each 20 ms, for 5 s unless told (`within`, in ms).
 * Gives up with what the last attempt said, so that a failing expectation inside reads as if it had been asked once.
 */
export const eventually = async <Answer>(
  probe: () => Answer | Promise<Answer>,
  { within = 5_000 }: { within?: number } = {},
): Promise<Exclude<Answer, false>> => {
  const deadline = Date.now() + within;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== false) return answer as Exclude<Answer, false>;
      if (Date.now() > deadline) throw new Error(`It was still false after ${within} ms.`);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await pause(20);
  }
};
