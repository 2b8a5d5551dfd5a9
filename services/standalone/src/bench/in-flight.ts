/**
 * Takes up the lanes, `most` of them at a time; the tasks of one lane run one after the other. Answers how many tasks ended in a second.
 */
export async function perSecond<Task>(
  lanes: readonly (readonly Task[])[],
  most: number,
  run: (task: Task) => Promise<unknown>,
  unwanted: AbortSignal,
): Promise<number> {
  const left = lanes.values();
  const work = async (): Promise<void> => {
    for (const lane of left) {
      for (const task of lane) {
        unwanted.throwIfAborted();
        await run(task);
      }
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: most }, work));
  const tasks = lanes.reduce((sum, lane) => sum + lane.length, 0);
  return (1_000 * tasks) / (performance.now() - began);
}
