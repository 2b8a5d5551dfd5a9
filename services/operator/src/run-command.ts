import { CommandIsRefused } from './command-is-refused';
import { ArgumentsAreInvalid } from './parsed-arguments';

/** sysexits.h */
const usage = 64;
const unavailable = 69;
const badConfiguration = 78;

/** What is configured cannot be worked with; the message is the sentence a person needs. */
export class ConfigurationIsInvalid extends Error {
  override readonly name = 'ConfigurationIsInvalid';
}

/** Runs a command on logs; the process ends with the code it answers, or tells in a sentence what kept it from its work. */
export function runCommand(run: () => Promise<number>): void {
  run().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      const { message, code } = failureOf(error);
      process.stderr.write(`${message}\n`);
      process.exitCode = code;
    },
  );
}

// What the client says about a log it cannot reach may quote the URL, and with it a password.
function failureOf(error: unknown): { message: string; code: number } {
  if (error instanceof ArgumentsAreInvalid) return { message: error.message, code: usage };
  if (error instanceof ConfigurationIsInvalid) return { message: error.message, code: badConfiguration };
  if (error instanceof CommandIsRefused) return { message: error.message, code: 1 };
  if ((error as Error).name === 'LogIsUnavailable') {
    return {
      message: 'The log does not answer, or does not let its user do this: check host, port, tls and user in its URL.',
      code: unavailable,
    };
  }
  throw error;
}
