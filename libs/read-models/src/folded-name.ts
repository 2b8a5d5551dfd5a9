/** How names are kept for comparing and sorting: as the log reserves them, so that two names fold alike here if they are one name there. */
export function foldedName(name: string): string {
  return name.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC').trim();
}
