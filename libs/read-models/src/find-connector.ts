import type { Transaction } from '#postgres';
import { Connector } from './connector.entity';

export async function findConnector(tx: Transaction, key: string): Promise<Connector | null> {
  return tx.createQueryBuilder(Connector, 'c').where('c.key = :key', { key }).getOne();
}
