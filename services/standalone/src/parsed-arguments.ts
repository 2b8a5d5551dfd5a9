import { parseArgs, type ParseArgsConfig } from 'node:util';

/** sysexits.h */
const usage = 64;

/** As `parseArgs`; arguments that it does not understand end the process with a sentence instead of a stack. */
export function parsedArguments<const Config extends ParseArgsConfig>(config: Config): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    return refuseArguments((error as Error).message.split('. ')[0] ?? '');
  }
}

export function refuseArguments(sentence: string): never {
  process.stderr.write(`${sentence.replace(/\.?$/, '.')} See --help.\n`);
  process.exit(usage);
}
