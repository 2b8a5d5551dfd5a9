import type { StreamMetadata } from './event-store';

/** The type of the event, in the stream `$$<stream>`, that holds the settings of a stream. */
export const metadataType = '$metadata';

export const metadataStreamOf = (stream: string): string => `$$${stream}`;

export const isSystemType = (type: string): boolean => type.startsWith('$');

/** The settings as EventStoreDB names them; what is not set is left out. */
export function metadataData({ maxCount, maxAgeSeconds }: StreamMetadata): Readonly<Record<string, number>> {
  return {
    ...(maxCount === undefined ? {} : { $maxCount: maxCount }),
    ...(maxAgeSeconds === undefined ? {} : { $maxAge: maxAgeSeconds }),
  };
}
