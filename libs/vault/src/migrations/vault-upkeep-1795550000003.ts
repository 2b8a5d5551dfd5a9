import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is looked for again and again, while nearly every row is neither: secrets that wait or end, and heads whose streams are to be looked into. */
export class VaultUpkeep1795550000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create index secrets_waiting on vault.secrets (sealed_at) where purpose = 'candidate'`);
    await runner.query(`create index secrets_ending on vault.secrets (expires_at) where expires_at is not null`);
    await runner.query(`create index secrets_by_activation on vault.secrets (sealed_at) where activated_at_revision is not null`);
    await runner.query(
      `create index heads_unverified on vault.vault_heads (connection_id) where settled ->> 'code' = 'verification_pending'`,
    );
    await runner.query(`create index heads_marked on vault.vault_heads (connection_id) where marks <> '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const index of ['secrets_waiting', 'secrets_ending', 'secrets_by_activation', 'heads_unverified', 'heads_marked']) {
      await runner.query(`drop index vault.${index}`);
    }
  }
}
