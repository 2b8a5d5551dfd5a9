/** What a connector is for, as people browse the catalog. */
export const categories = [
  { key: 'dev-tools', label: 'Developer tools' },
  { key: 'ecommerce', label: 'E-commerce' },
  { key: 'generic', label: 'Generic' },
  { key: 'payments', label: 'Payments' },
  { key: 'utilities', label: 'Utilities' },
] as const satisfies readonly { readonly key: string; readonly label: string }[];
