import type { ConnectorEvent, ConnectorPublished } from '#events';
import { foldedName } from '#read-models';
import { z } from 'zod';
import { existing, projection } from './projection';

export interface ConnectorRow {
  readonly key: string;
  readonly version: number;
  readonly name: string;
  readonly nameFolded: string;
  readonly status: string;
  readonly categoryKeys: readonly string[];
  readonly definition: Readonly<Record<string, unknown>>;
}

/** One row per connector that the catalog ever had. */
export const connectors = projection<ConnectorEvent, ConnectorRow>({
  name: 'connectors',
  version: 1,
  table: 'connectors',
  category: 'connector',
  key: 'key',
  changes: {
    ConnectorPublished: (_, data) => recorded(data),
    ConnectorRevised: (_, data) => recorded(data),
    ConnectorRetired: (row, { version }) => {
      const { definition, ...published } = existing(row);
      return { ...published, version, status: 'retired', definition: { ...definition, version, status: 'retired' } };
    },
  },
});

/** What is looked for in the public definition. Whatever a release of any age recorded must be readable. */
const Described = z.object({
  name: z.string(),
  status: z.string().default('available'),
  categories: z.array(z.object({ key: z.string() })).default([]),
});

function recorded({ key, version, definition }: ConnectorPublished['data']): ConnectorRow {
  const { name, status, categories } = Described.parse(definition);
  return {
    key,
    version,
    name,
    nameFolded: foldedName(name),
    status,
    categoryKeys: categories.map((category) => category.key),
    definition,
  };
}
