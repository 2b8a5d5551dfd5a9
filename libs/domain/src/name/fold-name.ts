import { createHash } from 'node:crypto';

/**
 * Two names that fold alike are one name: case, width and compatibility forms do not tell them apart. Folding again changes nothing:
 * it lowers first, since the capital ẞ is its own upper case, and trims last, since some compatibility forms decompose to a blank.
 */
export function foldName(name: string): string {
  return name.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC').trim();
}

/** The id of the stream that holds a name's reservation; hashed, as a name may hold any character. */
export function nameStreamId(workspaceId: string, name: string): string {
  return `${workspaceId}.${createHash('sha256').update(foldName(name), 'utf8').digest('hex')}`;
}
