import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { variablesOf, type Variable } from './variables-of';

/** sysexits.h: the command was used wrongly. */
const badUsage = 64;

export interface ProcessDescription {
  /** How it is started: `npm start`. */
  readonly command: string;
  /** What it does, in a sentence or two. */
  readonly does: string;
  /** Its configuration, keyed by the names of environment variables. */
  readonly schema: z.ZodType;
}

/**
 * Prints what a process does and how it is configured, and ends it with 0, when its arguments ask for that with `--help` or `-h`. It takes
 * no others: any ends it with 64. Comes before the configuration is read, as help must not ask for what it explains.
 */
export function answerHelp(description: ProcessDescription, args: readonly string[] = process.argv.slice(2)): void {
  try {
    const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean', short: 'h' } } });
    if (values.help !== true) return;
  } catch {
    process.stderr.write(`${description.command} takes no arguments but --help: it is configured by environment variables.\n`);
    process.exit(badUsage);
  }
  process.stdout.write(helpOf(description));
  process.exit(0);
}

/** Exported for its spec. */
export function helpOf({ command, does, schema }: ProcessDescription): string {
  return `${command}

${does} It is configured by environment variables:

${variablesOf(schema).map(paragraph).join('\n')}
It ends with 0 when it was asked to stop (SIGTERM, SIGINT, SIGHUP), with 1 when it could not start or go on, with 78 when its configuration
is wrong, and says why on standard error.
`;
}

function paragraph({ name, sentence, default: fallback, required }: Variable): string {
  const otherwise = required ? ' (required)' : fallback === undefined || fallback === '' ? '' : ` (${fallback})`;
  return `  ${name}${otherwise}\n      ${sentence}\n`;
}
