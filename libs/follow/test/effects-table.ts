import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One row per event and effect: an event that was applied twice is in it twice. */
export class FollowSpecEffects1795550000199 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table read_models.effects (key text not null, position bigint not null, said jsonb not null)`);
    await runner.query(`create table read_models.stale (key text not null)`);
    await runner.query(`grant select, insert, delete on read_models.effects, read_models.stale to patchbay_projections`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table read_models.effects, read_models.stale`);
  }
}
