import type { LoggerService } from '@nestjs/common';
import type { Logger } from './create-logger';

/** Nest's own lines in our log. Its narration of a start is of interest only to whoever debugs one. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(contextOf(rest), textOf(message));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(contextOf(rest), textOf(message));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.trace(contextOf(rest), textOf(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(contextOf(rest), textOf(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error({ ...errorOf(message, rest), ...contextOf(rest) }, textOf(message));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.logger.fatal({ ...errorOf(message, rest), ...contextOf(rest) }, textOf(message));
  }
}

function textOf(message: unknown): string {
  if (typeof message === 'string') return message;
  return message instanceof Error ? message.message : 'a message that is not text';
}

/** Nest passes (error, context), (message, stack, context) or (message, context). */
function errorOf(message: unknown, rest: readonly unknown[]): { err?: unknown } {
  if (message instanceof Error) return { err: message };
  const stack = rest.length > 1 ? rest[0] : undefined;
  return typeof stack === 'string' ? { err: { name: 'Error', message: textOf(message), stack } } : {};
}

function contextOf(rest: readonly unknown[]): { context?: string } {
  const last = rest.at(-1);
  return typeof last === 'string' ? { context: last } : {};
}
