import type { z } from 'zod';
import { nearestName } from './nearest-name';
import { variablesOf, type Variable } from './variables-of';

/** sysexits.h: something is wrong with the configuration. */
const badConfiguration = 78;

/** Names that belong to the installation and not to one process: a process that reads none of them still knows that they exist. */
const installationNames = ['PATCHBAY_DATA', 'PATCHBAY_GRPC_PORT', 'PATCHBAY_HTTP_PORT', 'PATCHBAY_LOG_LEVEL'];

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What a process was configured with, read once at its start. Prints every problem at once to standard error, with the variable's
 * name and an example and never with the value, and ends the process with code 78.
 */
export function loadConfig<Config>(schema: z.ZodType<Config>, env: Environment = process.env): Config {
  const read = readConfig(schema, env);
  if ('config' in read) return read.config;
  const count = read.problems.length === 1 ? 'a problem' : `${read.problems.length} problems`;
  process.stderr.write(`The configuration has ${count}:\n${read.problems.map((problem) => `  ${problem}\n`).join('')}`);
  process.exit(badConfiguration);
}

/** The configuration, or every problem it has as a sentence. A variable that is set to nothing counts as not set. */
export function readConfig<Config>(schema: z.ZodType<Config>, env: Environment): { config: Config } | { problems: readonly string[] } {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const variables = variablesOf(schema);
  const parsed = schema.safeParse(set);
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => problemOf(issue, variables, set)),
    ...strangers(
      Object.keys(set),
      variables.map(({ name }) => name),
    ),
  ];
  return parsed.success && problems.length === 0 ? { config: parsed.data } : { problems };
}

function problemOf(issue: z.core.$ZodIssue, variables: readonly Variable[], set: Environment): string {
  const variable = variables.find(({ name }) => name === issue.path[0]);
  if (variable === undefined) return issue.message;
  const wrong = set[variable.name] === undefined ? 'is not set' : issue.message;
  const example = variable.example === undefined ? '' : `, for example ${variable.name}=${variable.example}`;
  return `${variable.name} ${wrong}${example}`;
}

function strangers(written: readonly string[], own: readonly string[]): readonly string[] {
  const known = [...new Set([...own, ...installationNames])];
  return written
    .filter((name) => name.startsWith('PATCHBAY_') && !known.includes(name))
    .map((name) => {
      const meant = nearestName(name, known);
      return `${name} is not a name that Patchbay knows${meant === undefined ? '' : `: did you mean ${meant}?`}`;
    });
}
