import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Somebody can ask for parked events to be tried again: the runner looks for it, so nothing has to be restarted. */
export class FollowUnparking1795550000102 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table read_models.parked_events add column asked_at timestamptz`);
    await runner.query(`create index parked_events_asked on read_models.parked_events (follower, key) where asked_at is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table read_models.parked_events drop column asked_at`);
  }
}
