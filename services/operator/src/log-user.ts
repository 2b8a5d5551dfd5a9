import { loadConfig } from '#runtime';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { FileIsRefused } from '../../event-store/src/file-is-refused';
import { isUserName, putUser } from '../../event-store/src/users-file';
import { ArgumentsAreInvalid, parsedArguments } from './parsed-arguments';
import { ConfigurationIsInvalid, runCommand } from './run-command';

const help = `npm run --silent log-user -- NAME [--group '$admins'] [--group GROUP] < file-with-the-password

Adds a user to the embedded event store, or gives them another password and other groups. The password comes from standard input, so that
it is in no list of processes. A running event store reads its users when it starts.

  --group   a name that access lists of streams may hold; $admins may do everything, and nobody else reads the whole log unless the
            access list of the stream $all lets them

  EVENT_STORE_USERS   the file of users, made where there is none
`;

/** A password is compared at a cost that makes guessing slow, not impossible. */
const shortestPassword = 12;

const configSchema = z.object({
  EVENT_STORE_USERS: z.string().meta({ description: 'The file of users.', example: '/etc/patchbay/event-store-users.json' }),
});

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsedArguments({
    args: [...args],
    allowPositionals: true,
    options: { group: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  const [name = '', ...others] = positionals;
  if (!isUserName(name) || others.length > 0) {
    throw new ArgumentsAreInvalid('Give the name of one user, without colons and blanks, and without $ at its beginning. See --help.');
  }
  const path = loadConfig(configSchema).EVENT_STORE_USERS;
  if (process.stdin.isTTY) process.stderr.write('Type the password, which is shown, then Enter and Ctrl-D.\n');
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (password.length < shortestPassword) throw new ArgumentsAreInvalid(`A password has ${shortestPassword} characters or more.`);
  await putUser(path, name, password, values.group ?? []).catch((error: unknown) => {
    throw error instanceof FileIsRefused ? new ConfigurationIsInvalid(error.message, { cause: error }) : error;
  });
  process.stdout.write(`${name} may call an event store that is started with EVENT_STORE_USERS=${path}.\n`);
  return 0;
}

runCommand(() => run(process.argv.slice(2)));
