import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NewEvent } from '#event-store';

/** One event of every version that was ever written, as it was stored then. */
export interface GoldenSample extends NewEvent {
  readonly stream: string;
  readonly revision: number;
}

const folder = join(__dirname, '..', '..', '..', '..', '..', 'libs', 'events', 'samples');

/** In the order of their streams: together they tell of one connection, one connector, one name and one log. */
export async function goldenSamples(): Promise<readonly GoldenSample[]> {
  const files = await readdir(folder);
  const samples = await Promise.all(
    files.map(async (file) => {
      const { eventId, ...sample } = JSON.parse(await readFile(join(folder, file), 'utf8')) as Omit<GoldenSample, 'id'> & {
        eventId: string;
      };
      return { ...sample, id: eventId };
    }),
  );
  return samples.sort((one, other) => (one.stream === other.stream ? one.revision - other.revision : one.stream < other.stream ? -1 : 1));
}
