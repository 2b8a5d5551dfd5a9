import type { RunningEventStore } from './running-event-store';

/** What the metrics page of a store says: each line's value by its name and labels, without those of the process. */
export const metricsOf = async ({ http }: RunningEventStore): Promise<Readonly<Record<string, number>>> => {
  const page = await (await fetch(`${http}/metrics`)).text();
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      const name = line
        .slice(0, end)
        .replace(/,?process="event-store"/, '')
        .replace('{}', '');
      return [name, Number(line.slice(end + 1))];
    }),
  );
};
