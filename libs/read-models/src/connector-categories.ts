import { rows, type Transaction } from '#postgres';

export interface ConnectorCategory {
  readonly key: string;
  readonly label: string;
  /** How many connectors are in it. */
  readonly connectors: number;
}

/** The categories that some connector is in, by label. */
export async function connectorCategories(tx: Transaction): Promise<readonly ConnectorCategory[]> {
  return rows<ConnectorCategory>(
    tx,
    `select category ->> 'key' as key, category ->> 'label' as label, count(*)::integer as connectors
       from read_models.connectors, jsonb_array_elements(definition -> 'categories') as category
      group by 1, 2 order by 2, 1`,
  );
}
