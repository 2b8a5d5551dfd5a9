import { setTimeout as pause } from 'node:timers/promises';
import { askToUnpark, listParkedKeys, type ParkedKey } from '#follow';
import type { Database } from '#postgres';
import { loadConfig } from '#runtime';
import { openOperatorsDatabase, operatorsDatabaseSchema } from './operators-database';
import { ArgumentsAreInvalid, parsedArguments } from './parsed-arguments';
import { runCommand } from './run-command';

const help = `npm run unpark                     lists the streams that the read models do not go on with, and why
npm run unpark -- STREAM …         tries their parked events again, in their order
npm run unpark -- --all            those of all streams

An event that cannot be applied is parked, and what follows it in its stream waits behind it; rows of that stream are shown as stale. Repair
the cause first, mostly by a release that can apply the event. The process that writes the read models then tries again by itself, without a
restart, and this command says what came of it.

  DATABASE_URL   the database, as its owner; without it, the one that npm start runs
  PATCHBAY_DATA  the standalone's data folder, .patchbay unless told otherwise

Ends with 0 when nothing of what was asked for is parked any more, 1 when something is, 64 when the arguments ask for nothing, 78 when the
configuration is wrong.
`;

const lookEachMs = 250;
const takenUpWithinMs = 30_000;

async function run(): Promise<number> {
  const { values, positionals: streams } = parsedArguments({
    allowPositionals: true,
    options: { all: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  if (values.all && streams.length > 0) throw new ArgumentsAreInvalid('Name streams, or say --all. See --help.');
  const database = await openOperatorsDatabase(loadConfig(operatorsDatabaseSchema));
  try {
    return values.all || streams.length > 0 ? await unpark(database, values.all ? 'all' : streams) : await list(database);
  } finally {
    await database.close();
  }
}

async function list(database: Database): Promise<number> {
  const parked = await listParkedKeys(database);
  process.stdout.write(parked.length === 0 ? 'Nothing is parked.\n' : parked.map(told).join(''));
  return 0;
}

async function unpark(database: Database, streams: readonly string[] | 'all'): Promise<number> {
  const asked = await askToUnpark(database, streams);
  const strangers = streams === 'all' ? [] : streams.filter((stream) => !asked.includes(stream));
  for (const stream of strangers) process.stderr.write(`Nothing of ${stream} is parked.\n`);
  const left = (await untilTried(database)).filter(({ key }) => asked.includes(key));
  const applied = asked.filter((stream) => !left.some(({ key }) => key === stream));
  process.stdout.write([...applied.map((stream) => `${stream}: everything is applied.\n`), ...left.map(told)].join(''));
  if (left.some(({ isAsked }) => isAsked)) {
    process.stderr.write('No process that writes the read models has come to it yet: it is tried as soon as one does.\n');
  }
  return left.length === 0 ? 0 : 1;
}

/** What is parked, once nothing is asked for any more, or nobody came. */
async function untilTried(database: Database): Promise<readonly ParkedKey[]> {
  const deadline = performance.now() + takenUpWithinMs;
  for (;;) {
    const parked = await listParkedKeys(database);
    if (!parked.some(({ isAsked }) => isAsked) || performance.now() > deadline) return parked;
    await pause(lookEachMs);
  }
}

function told({ key, revision, position, type, error, parkedAt, waiting, isAsked }: ParkedKey): string {
  const behind = waiting === 1 ? '' : `, and ${waiting - 1} wait behind it`;
  return `${key}: event ${revision} (${type}, at position ${String(position)}) is parked since ${parkedAt.toISOString()}${behind}: ${error}${isAsked ? '; it is to be tried again' : ''}\n`;
}

runCommand(run);
