import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whom open work is asked of, so that a service that hangs keeps only its own waiting. Rows from before say nothing, and have a line to themselves. */
export class ConnectionDueWorkTargets1795550000304 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table records.due_work add column target text collate "C"`);
    await runner.query(`create index on records.due_work (target, next_try_at)`);
    await runner.query(`grant update (target) on records.due_work to patchbay_connection, patchbay_jobs`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table records.due_work drop column target`);
  }
}
