import { CannotStart } from '#runtime';
import { execFile } from 'node:child_process';
import { join } from 'node:path';

/**
 * Runs one of the operator's commands as a process of its own, as a person would, and answers what it printed. It sees nothing of our
 * environment but what is given, and which certificates to trust besides.
 *
 * @throws CannotStart with the command's own sentence, when it ends with anything but 0
 */
export function operatorCommand(name: string, args: readonly string[], environment: Readonly<Record<string, string>>): Promise<string> {
  const command = join(__dirname, '..', '..', 'operator', 'src', `${name}.js`);
  const trusted = process.env['NODE_EXTRA_CA_CERTS'];
  const env = { ...environment, ...(trusted !== undefined && { NODE_EXTRA_CA_CERTS: trusted }) };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [command, ...args], { env }, (error, output, sentence) => {
      if (error === null) resolve(output.trim());
      else reject(new CannotStart(sentence.trim() || `The operator's command ${name} failed.`)); // the error itself quotes the command line
    });
  });
}
