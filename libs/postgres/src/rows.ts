import type { Transaction } from './transaction';

/**
 * What a statement answered, whatever it was. TypeORM's own `query` answers `[rows, count]` for UPDATE and DELETE and bare rows for the
 * rest; here `UPDATE … RETURNING` gives its rows like a SELECT.
 */
export const rows = async <Row>(tx: Transaction, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> => {
  if (tx.queryRunner === undefined) throw new Error('rows() needs the transaction that Database handed out.');
  const answer = await tx.queryRunner.query(sql, [...parameters], true);
  return answer.records as Row[];
};
