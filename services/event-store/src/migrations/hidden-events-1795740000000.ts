import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What settings hide is deleted by the process that writes the log; streams that were deleted for good are found by an index of their own. */
export class HiddenEvents1795740000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create index tombstones on log.events (stream) where revision = 9223372036854775807`);
    await runner.query(`grant delete on log.events to patchbay_log`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`revoke delete on log.events from patchbay_log`);
    await runner.query(`drop index log.tombstones`);
  }
}
