import { parsedArguments, refuseArguments } from '../parsed-arguments';
import { runInScratch } from '../scratch';
import { crash } from './crash';
import type { Drill, Drilled } from './drill';
import { poison } from './poison';
import { rebuild } from './rebuild';
import { rewrap } from './rewrap';
import { schemaEvolution } from './schema-evolution';
import { storeMemory } from './store-memory';
import { storeOutage } from './store-outage';
import { twoRunners } from './two-runners';
import { tamperedLog } from './tampered-log';

const drills: readonly Drill[] = [crash, poison, rebuild, rewrap, schemaEvolution, storeMemory, storeOutage, twoRunners, tamperedLog];

const overview = `npm run drill -- NAME [options]

Does something bad to a Patchbay of its own, in a folder for temporary files that is removed afterwards, and looks at what became of it.

${drills.map(({ name, sentence }) => `  ${name}\n${wrapped(sentence, '    ')}`).join('\n\n')}

npm run drill -- NAME --help tells a drill's own options. Each takes --json, which prints one JSON object. Ends with 0, or with 1 and a
sentence for everything that is not as it should be.
`;

const shownFindings = 50;

const [name, ...rest] = process.argv.slice(2);
const drill = drills.find((known) => known.name === name);
if (name === undefined || name === '--help' || name === '-h') process.stdout.write(overview);
else if (drill === undefined) refuseArguments(`Name one drill: ${drills.map((known) => known.name).join(', ')}`);
else start(drill, rest);

function start(chosen: Drill, args: string[]): void {
  const { values } = parsedArguments({
    args,
    options: {
      ...Object.fromEntries(Object.keys(chosen.counts).map((count) => [count, { type: 'string' }] as const)),
      ...(chosen.brief === undefined ? {} : { brief: { type: 'boolean' } }),
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values['help'] === true) process.stdout.write(helpOf(chosen));
  else {
    const counts = countsOf(chosen, values);
    runInScratch(async (scratch) => {
      const drilled = await chosen.run(scratch, counts, { brief: values['brief'] === true });
      process.stdout.write(values['json'] === true ? `${JSON.stringify({ name: chosen.name, ...drilled })}\n` : told(drilled));
      return drilled.findings.length === 0 ? 0 : 1;
    });
  }
}

function countsOf({ counts }: Drill, values: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).map(([count, { unlessTold }]) => {
      const text = values[count] ?? String(unlessTold);
      if (typeof text !== 'string' || !/^[1-9]\d{0,8}$/.test(text)) refuseArguments(`--${count} is a whole number`);
      return [count, Number(text)];
    }),
  );
}

function helpOf({ name: drillName, sentence, counts, brief }: Drill): string {
  const options = [
    ...Object.entries(counts).map(([count, about]) => [`--${count} N`, `${about.sentence}, ${about.unlessTold} unless told`] as const),
    ...(brief === undefined ? [] : [['--brief', brief] as const]),
    ['--json', 'prints one JSON object'] as const,
  ];
  return `npm run drill -- ${drillName} [options]\n\n${wrapped(sentence, '')}\n\n${options.map(([option, about]) => `  ${option.padEnd(16)} ${about}\n`).join('')}`;
}

function told({ figures, findings }: Drilled): string {
  const width = Math.max(...Object.keys(figures).map((figure) => figure.length));
  const counts = Object.entries(figures).map(([figure, value]) => `${figure.padEnd(width)}  ${value ?? '-'}\n`);
  const shown = findings.slice(0, shownFindings).map((finding) => `- ${finding}\n`);
  const more = findings.length > shownFindings ? `and ${findings.length - shownFindings} more\n` : '';
  return `${counts.join('')}\n${findings.length === 0 ? 'Everything is as it should be.\n' : `${findings.length} things are not as they should be:\n${shown.join('')}${more}`}`;
}

function wrapped(text: string, indent: string): string {
  return text.replaceAll(/(.{1,110})(?:\s+|$)/gu, `${indent}$1\n`).trimEnd();
}
