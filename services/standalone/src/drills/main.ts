import { parsedArguments, refuseArguments } from '../parsed-arguments';
import { runInScratch } from '../scratch';
import { crash, type Drilled } from './crash';

const help = `npm run crash -- [options]

Starts a Patchbay in a folder for temporary files, lets eight people create, rename, verify, rotate and remove connections, and kills the
process (kill -9) at random moments, also while it starts; each time it is started again on the same data. Then everything it kept is held
against what it had promised: what was acknowledged is in the log, once, in unbroken chains; whoever asks again is answered the same; the
read models and the vault say what the log adds up to; and a minute after the last kill nothing is open that could have been tried.

  --kills N   how often it is killed, 50 unless told
  --brief     waits neither for what is open to be finished nor for requests that a killed process still holds for a minute
  --json      prints one JSON object

Ends with 0, or with 1 and a sentence for everything that is not as it should be.
`;

const shownFindings = 50;

const { values, positionals } = parsedArguments({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '50' },
    brief: { type: 'boolean', default: false },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});

if (values.help === true) process.stdout.write(help);
else if (positionals.join() !== 'crash') refuseArguments('The one drill is "crash"');
else if (!/^[1-9]\d{0,4}$/.test(values.kills)) refuseArguments('--kills is a whole number');
else {
  runInScratch(async (scratch) => {
    const drilled = await crash(scratch, { kills: Number(values.kills), brief: values.brief });
    process.stdout.write(values.json === true ? `${JSON.stringify({ name: 'crash', ...drilled })}\n` : told(drilled));
    return drilled.findings.length === 0 ? 0 : 1;
  });
}

function told({ findings, ...drilled }: Drilled): string {
  const counts = Object.entries(drilled).map(([name, value]) => `${name.padEnd(22)} ${value}\n`);
  const shown = findings.slice(0, shownFindings).map((finding) => `- ${finding}\n`);
  const rest = findings.length > shownFindings ? `and ${findings.length - shownFindings} more\n` : '';
  return `${counts.join('')}\n${findings.length === 0 ? 'Everything is as it should be.\n' : `${findings.length} things are not as they should be:\n${shown.join('')}${rest}`}`;
}
