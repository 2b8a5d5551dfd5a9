import type { Transaction } from '#postgres';
import { Connector } from './connector.entity';
import { foldedName } from './folded-name';

export interface ListConnectors {
  readonly category?: string;
  /** Part of the name or the key, whatever the case. */
  readonly q?: string;
}

/** The catalog by name, also what is retired: connections made before still need its description. */
export async function listConnectors(tx: Transaction, { category, q }: ListConnectors = {}): Promise<readonly Connector[]> {
  const query = tx.createQueryBuilder(Connector, 'c').orderBy('c.name_folded').addOrderBy('c.key');
  if (category !== undefined) query.andWhere(':category = any(c.category_keys)', { category });
  if (q !== undefined) query.andWhere('(strpos(c.name_folded, :q) > 0 or strpos(c.key, :q) > 0)', { q: foldedName(q) });
  return query.getMany();
}
