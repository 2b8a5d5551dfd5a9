import type { StreamMetadata } from './event-store';

/** The type of the event, in the stream `$$<stream>`, that holds the settings of a stream. */
export const metadataType = '$metadata';

export const metadataStreamOf = (stream: string): string => `$$${stream}`;

/** The stream whose settings a stream holds; any other is its own. */
export const ownerOf = (stream: string): string => (stream.startsWith('$$') ? stream.slice(2) : stream);

/** `$tb` of a stream that is deleted: 2^63 - 1, which a number holds rounded up. */
export const everything = 2 ** 63;
export const deletingMetadata = '{"$tb":9223372036854775807}';

export const isSystemType = (type: string): boolean => type.startsWith('$');

/** The settings as EventStoreDB names them; what is not set is left out. */
export function metadataData({ maxCount, maxAgeSeconds }: StreamMetadata): Readonly<Record<string, number>> {
  return {
    ...(maxCount === undefined ? {} : { $maxCount: maxCount }),
    ...(maxAgeSeconds === undefined ? {} : { $maxAge: maxAgeSeconds }),
  };
}
