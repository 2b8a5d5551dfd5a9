import { availableParallelism, loadavg } from 'node:os';
import { parsedArguments, refuseArguments } from '../parsed-arguments';
import { runInScratch } from '../scratch';
import { aggregate } from './aggregate';
import { append } from './append';
import type { Bench } from './bench';
import { create } from './create';
import { replay } from './replay';
import { vault } from './vault';

const benches: readonly Bench[] = [append, replay, create, aggregate, vault];

const help = `npm run bench -- NAME [options]

Measures one thing beside its own raw limit, in a folder for temporary files that is removed afterwards.

${benches.map(({ name, sentence, bar }) => `  ${name.padEnd(8)} ${sentence}\n           Bar: ${bar}.`).join('\n\n')}

  --json        prints one JSON object: {name, figure, unit, raw, ratio, conditions}
  --events N    how many events instead of the bench's own number
  --rounds N    how many rounds instead of the bench's own number

Rates mean nothing across machines or under other load; the ratio of a quiet run does. What is going on is told on standard error.
`;

const { values, positionals } = parsedArguments({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    events: { type: 'string' },
    rounds: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const bench = benches.find(({ name }) => name === positionals[0]);
const counts = [values.events, values.rounds].filter((text) => text !== undefined);

if (values.help === true) process.stdout.write(help);
else if (bench === undefined || positionals.length !== 1) refuseArguments(`Name one bench: ${benches.map(({ name }) => name).join(', ')}`);
else if (!counts.every((text) => /^[1-9]\d{0,8}$/.test(text))) refuseArguments('--events and --rounds are whole numbers');
else {
  runInScratch(async (scratch) => {
    const loadBefore = loadavg()[0] ?? 0;
    const { figure, unit, raw, conditions } = await bench.run(scratch, { ...count('events'), ...count('rounds') });
    const result = {
      name: bench.name,
      figure: rounded(figure),
      unit,
      raw: rounded(raw),
      ratio: Number((figure / raw).toFixed(3)),
      conditions: { ...conditions, node: process.versions.node, cpus: availableParallelism(), loadBefore: Number(loadBefore.toFixed(2)) },
    };
    process.stdout.write(values.json === true ? `${JSON.stringify(result)}\n` : table(result, bench.bar));
    return 0;
  });
}

function count(name: 'events' | 'rounds'): { [name: string]: number } {
  const text = values[name];
  return text === undefined ? {} : { [name]: Number(text) };
}

function rounded(rate: number): number {
  return Math.round(rate * 100) / 100;
}

function table({ conditions, ...result }: Readonly<Record<string, unknown>> & { conditions: object }, bar: string): string {
  const lines = [...Object.entries(result), ['bar', bar] as const, ...Object.entries(conditions)];
  return lines.map(([name, value]) => `${name.padEnd(18)} ${String(value)}\n`).join('');
}
