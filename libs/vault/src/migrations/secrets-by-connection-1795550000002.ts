import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Removing a connection shreds all that was sealed for it. */
export class SecretsByConnection1795550000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create index secrets_by_connection on vault.secrets (connection_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index vault.secrets_by_connection`);
  }
}
