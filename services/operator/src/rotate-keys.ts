import { userInfo } from 'node:os';
import { isUnavailable, type Database } from '#postgres';
import { loadConfig } from '#runtime';
import { KeyRotations, type KeyRotation, type KeyRotationAsked } from '#vault';
import { CommandIsRefused } from './command-is-refused';
import { openOperatorsDatabase, operatorsDatabaseSchema } from './operators-database';
import { ArgumentsAreInvalid, parsedArguments } from './parsed-arguments';
import { runCommand } from './run-command';
import { ToldRotation } from './told-rotation';
import { watchedUntil } from './watched-until';

const help = `npm run rotate-keys                          gives every workspace a new key, and moves its secrets under it
npm run rotate-keys -- --workspace NAME      one workspace only
npm run rotate-keys -- --reencrypt           also encrypts each secret anew: for when a key may have been seen by others
npm run rotate-keys -- --root                makes another root key the one that wraps, and wraps the keys of all workspaces with it

Nobody who reads or writes notices. A process of the connection service does the work, page by page, and what one that ended had begun the
next one goes on with. This command asks for it, shows how far it is and prints the proof: the database lets no key of a workspace go while a
secret hangs on it. Ctrl-C ends the showing, not the rotation; the same command shows it again.

Former root keys stay in the key ring, or in KMS: backups of the database hang on them. In KMS, --root wraps with the key that the alias in
VAULT_KMS_KEY points at by now.

  DATABASE_URL   the database, as its owner; without it, the one that npm start runs
  PATCHBAY_DATA  the standalone's data folder, .patchbay unless told otherwise

Ends with 0 when nothing hangs on former keys any more, 1 when something does, 64 when the arguments ask for nothing, 78 when the
configuration is wrong.
`;

type Wanted = Pick<KeyRotationAsked, 'level' | 'workspaceId' | 'mode'>;

const shownKeys = 20;

async function run(): Promise<number> {
  const wanted = wantedIn();
  if (wanted === null) {
    process.stdout.write(help);
    return 0;
  }
  const database = await openOperatorsDatabase(loadConfig(operatorsDatabaseSchema));
  try {
    return await rotate(database, wanted);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    throw new CommandIsRefused('The database does not answer any more. A rotation that was asked for goes on without this command.');
  } finally {
    await database.close();
  }
}

/** Null: help. */
function wantedIn(): Wanted | null {
  const { values } = parsedArguments({
    options: {
      workspace: { type: 'string' },
      root: { type: 'boolean', default: false },
      reencrypt: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const { workspace = null, root, reencrypt } = values;
  if (values.help === true) return null;
  if (root && workspace !== null) throw new ArgumentsAreInvalid('The root key is of no workspace: leave out --workspace. See --help.');
  if (root && reencrypt) throw new ArgumentsAreInvalid('The root key encrypts no secret: leave out --reencrypt. See --help.');
  return { level: root ? 'root' : 'workspace', workspaceId: workspace, mode: reencrypt ? 'reencrypt' : 'rewrap' };
}

async function rotate(database: Database, wanted: Wanted): Promise<number> {
  const rotations = new KeyRotations(database);
  const before = await rotations.keysInUse(wanted);
  if (before.length === 0) throw new CommandIsRefused(`${wanted.workspaceId ?? 'The vault'} has no keys yet: there is nothing to change.`);
  const { rotationId } = await askedOrUnderWay(rotations, wanted);
  const told = new ToldRotation();
  const finished = await watchedUntil({
    look: async () => (await rotations.find(rotationId)) ?? goneMeanwhile(),
    hasEnded: ({ finishedAt }) => finishedAt !== null,
    line: (rotation) => told.line(rotation),
  });
  const now = await rotations.keysInUse(wanted);
  return proved(finished, { before, now, left: await rotations.left(wanted) });
}

/** Who asks twice looks twice. */
async function askedOrUnderWay(rotations: KeyRotations, wanted: Wanted): Promise<KeyRotation> {
  const underWay = await rotations.underWay(wanted);
  if (underWay) process.stderr.write('This was asked for already: this is how far it is.\n');
  return underWay ?? rotations.ask({ ...wanted, reason: 'asked', askedBy: userInfo().username });
}

function goneMeanwhile(): never {
  throw new CommandIsRefused('The database does not know of the rotation any more: was a backup restored meanwhile?');
}

interface Proof {
  readonly before: readonly string[];
  readonly now: readonly string[];
  /** Secrets on former keys; null of the root. */
  readonly left: number | null;
}

function proved({ level, done }: KeyRotation, { before, now, left }: Proof): number {
  const gone = before.filter((key) => !now.includes(key));
  const count = done.toLocaleString('en');
  if (level === 'root') {
    process.stdout.write(`${count} keys hang on the root key ${now.join(', ')} now.\nNothing hangs any more on: ${listed(gone)}\n`);
    process.stdout.write('Keep those for as long as there are backups from before.\n');
    return now.length === 1 ? 0 : 1;
  }
  process.stdout.write(
    `${count} secrets hang on new keys now.\nSecrets left on former keys: ${left ?? 0}\nKeys that are gone: ${listed(gone)}\n`,
  );
  if (!left) return 0;
  process.stderr.write('What is left does not open, and keeps its key: restore those rows from a backup, then run this again.\n');
  return 1;
}

function listed(keys: readonly string[]): string {
  const more = keys.length - shownKeys;
  if (keys.length === 0) return 'none';
  return `${keys.slice(0, shownKeys).join(', ')}${more > 0 ? ` and ${more.toLocaleString('en')} more` : ''}`;
}

runCommand(run);
