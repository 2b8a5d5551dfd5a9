import { userInfo } from 'node:os';
import { isUnavailable, type Database } from '#postgres';
import {
  askForRebuild,
  cancelRebuild,
  findRebuild,
  listProjections,
  RebuildIsRefused,
  type AskedRebuild,
  type ListedProjection,
  type ProjectionRebuild,
} from '#read-models';
import { loadConfig } from '#runtime';
import { CommandIsRefused } from './command-is-refused';
import { openOperatorsDatabase, operatorsDatabaseSchema } from './operators-database';
import { ArgumentsAreInvalid, parsedArguments } from './parsed-arguments';
import { runCommand } from './run-command';
import { toldRebuild } from './told-rebuild';
import { watchedUntil } from './watched-until';

const help = `npm run rebuild                              lists the projections, and what is kept of each
npm run rebuild -- NAME                      makes its rows anew, from the whole log
npm run rebuild -- NAME --version N          with the code of version N, which a running release must have
npm run rebuild -- NAME --roll-back          shows again what was shown before the last rebuild
npm run rebuild -- NAME --cancel             ends the rebuild that is under way

Readers notice nothing: the rows are made in tables beside those that are shown, and once they have caught up with them they are shown, in one
moment. What was shown before is kept until the next rebuild; a roll-back first brings it up to date, with the code that made it.

The processes of the projections do the work. This command asks for it and shows how far it is; Ctrl-C ends the showing, not the rebuild,
and the same command shows it again. What a process that ended had begun, the next one goes on with.

  DATABASE_URL   the database, as its owner; without it, the one that npm start runs
  PATCHBAY_DATA  the standalone's data folder, .patchbay unless told otherwise

Ends with 0 when the rebuild is done, 1 when it failed or was cancelled, 64 when the arguments ask for nothing, 78 when the configuration is
wrong.
`;

interface Asked {
  readonly projection: string | undefined;
  readonly version: number | undefined;
  readonly rollsBack: boolean;
  readonly cancels: boolean;
}

async function run(): Promise<number> {
  const asked = askedFor();
  if (asked === null) {
    process.stdout.write(help);
    return 0;
  }
  const database = await openOperatorsDatabase(loadConfig(operatorsDatabaseSchema));
  try {
    return await answer(database, asked);
  } catch (error) {
    if (error instanceof RebuildIsRefused) throw new CommandIsRefused(error.message);
    if (isUnavailable(error))
      throw new CommandIsRefused('The database does not answer any more. A rebuild that was asked for goes on without this command.');
    throw error;
  } finally {
    await database.close();
  }
}

/** Null: help. */
function askedFor(): Asked | null {
  const { values, positionals } = parsedArguments({
    allowPositionals: true,
    options: {
      version: { type: 'string' },
      'roll-back': { type: 'boolean', default: false },
      cancel: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return null;
  const { version, 'roll-back': rollsBack, cancel: cancels } = values;
  const chosen = [version !== undefined, rollsBack, cancels].filter(Boolean).length;
  if (positionals.length > 1) throw new ArgumentsAreInvalid('Name one projection. See --help.');
  if (chosen > 1) throw new ArgumentsAreInvalid('Choose one of --version, --roll-back and --cancel. See --help.');
  if (chosen > 0 && positionals.length === 0) throw new ArgumentsAreInvalid('Name a projection. See --help.');
  if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version)) throw new ArgumentsAreInvalid('--version is a whole number. See --help.');
  return { projection: positionals[0], version: version === undefined ? undefined : Number(version), rollsBack, cancels };
}

async function answer(database: Database, { projection, version, rollsBack, cancels }: Asked): Promise<number> {
  if (projection === undefined) {
    process.stdout.write(listed(await listProjections(database)));
    return 0;
  }
  if (cancels) {
    await cancelRebuild(database, projection, await underWay(database, projection));
    process.stdout.write(`The rebuild of ${projection} is cancelled: readers see what they saw before.\n`);
    return 0;
  }
  const kind = rollsBack ? 'roll-back' : 'rebuild';
  const id = await askedOrUnderWay(database, { projection, kind, version, askedBy: userInfo().username });
  return ended(await shownUntilItEnds(database, projection, id));
}

/** Who asks twice looks twice. */
async function askedOrUnderWay(database: Database, asked: AskedRebuild): Promise<string> {
  try {
    return (await askForRebuild(database, asked)).id;
  } catch (error) {
    if (!(error instanceof RebuildIsRefused && error.reason === 'ProjectionIsBeingRebuilt')) throw error;
    process.stderr.write(`${asked.projection} is being rebuilt already: this is how far that rebuild is.\n`);
    return underWay(database, asked.projection);
  }
}

async function underWay(database: Database, projection: string): Promise<string> {
  const found = (await listProjections(database)).find(({ name }) => name === projection);
  if (found === undefined) throw new RebuildIsRefused('ProjectionDoesNotExist');
  if (!found.rebuild || found.rebuild.endedAt) throw new CommandIsRefused(`${projection} is not being rebuilt.`);
  return found.rebuild.id;
}

function shownUntilItEnds(database: Database, projection: string, id: string): Promise<ProjectionRebuild> {
  return watchedUntil({
    look: () => findRebuild(database, projection, id),
    hasEnded: ({ endedAt }) => endedAt !== null,
    line: (rebuild) => `${projection} ${toldRebuild(rebuild, new Date())}`,
  });
}

function ended({ projection, kind, version, state, error, startedAt, endedAt }: ProjectionRebuild): number {
  if (state !== 'done') {
    process.stderr.write(`The ${kind} of ${projection} ${state === 'failed' ? `failed: ${error ?? ''}` : 'was cancelled'}\n`);
    return 1;
  }
  const seconds = startedAt && endedAt ? (endedAt.getTime() - startedAt.getTime()) / 1_000 : 0;
  process.stdout.write(`Readers see version ${version} of ${projection}, made in ${seconds.toFixed(1)} s.\n`);
  if (kind === 'rebuild') process.stdout.write(`The way back: npm run rebuild -- ${projection} --roll-back\n`);
  return 0;
}

function listed(projections: readonly ListedProjection[]): string {
  const width = Math.max(...projections.map(({ name }) => name.length));
  const lines = projections.map(({ name, version, keptVersion, rebuild }) => {
    const kept = keptVersion === null ? 'nothing kept' : `version ${keptVersion} kept`;
    const last = rebuild ? `; last ${rebuild.kind}: ${rebuild.state}` : '';
    return `${name.padEnd(width)}  ${version === null ? 'not filled yet' : `version ${version} shown`}, ${kept}${last}\n`;
  });
  return lines.join('');
}

runCommand(run);
