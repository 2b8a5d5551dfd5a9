/** What a connector is for, as people browse the catalog. */
export const categories = [
  { key: 'generic', label: 'Generic' },
  { key: 'utilities', label: 'Utilities' },
] as const satisfies readonly { readonly key: string; readonly label: string }[];
