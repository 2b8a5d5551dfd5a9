import type { Logger } from 'typeorm';

/** Libs do not log: whoever calls them sees the error and says it once. TypeORM would print statements with their parameters. */
export class Silence implements Logger {
  logQuery(): void {
    return;
  }
  logQueryError(): void {
    return;
  }
  logQuerySlow(): void {
    return;
  }
  logSchemaBuild(): void {
    return;
  }
  logMigration(): void {
    return;
  }
  log(): void {
    return;
  }
}
