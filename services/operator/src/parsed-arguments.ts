import { parseArgs, type ParseArgsConfig } from 'node:util';

/** The arguments ask for nothing that could be done; the message is the sentence a person needs. */
export class ArgumentsAreInvalid extends Error {
  override readonly name = 'ArgumentsAreInvalid';
}

/**
 * As `parseArgs`.
 *
 * @throws ArgumentsAreInvalid
 */
export function parsedArguments<const Config extends ParseArgsConfig>(config: Config): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split(/\.\s/);
    throw new ArgumentsAreInvalid(`${sentence.replace(/\.$/, '')}. See --help.`);
  }
}
