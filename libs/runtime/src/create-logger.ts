import pino, { type DestinationStream, type Logger as PinoLogger } from 'pino';
import { correlationId } from './correlation';
import { errorSerializer, replySerializer, requestSerializer } from './log-serializers';

export type Logger = PinoLogger;

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LoggerOptions {
  /** The process's name, in every line. */
  process: string;
  level?: LogLevel;
  /** Where lines go; standard output unless told otherwise. */
  destination?: DestinationStream;
}

/** The second net: fields of these names are censored wherever somebody logs an object by mistake, down to three levels. */
const neverShown = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'accessToken',
  'refreshToken',
  'apiKey',
  'credentials',
  'material',
  'body',
  'headers',
];

/** A logger of JSON lines, one object each: level, time (RFC 3339), process, correlationId where there is one, msg. */
export function createLogger({ process, level = 'info', destination = pino.destination(1) }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { process },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => {
        const id = correlationId();
        return id === undefined ? {} : { correlationId: id };
      },
      serializers: { req: requestSerializer([]), res: replySerializer, err: errorSerializer },
      redact: { paths: neverShown.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' },
    },
    destination,
  );
}
