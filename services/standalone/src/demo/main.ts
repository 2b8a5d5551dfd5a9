import { parseArgs } from 'node:util';
import { runInScratch } from '../scratch';
import { demo } from './demo';

const help = `npm run demo

Shows the life of one connection: it is created with a wrong key and corrected, renamed and found by its former name, rotated while its
service is down, moved, switched off and on, and removed. Patchbay and the service are started for it, in a folder for temporary files and
on free ports, and stopped afterwards; nothing that you have is touched.

Each line says what was done and what came of it; the history of the connection follows. What is going on meanwhile is told on standard
error. Ends with 0, or with 1 at the first answer that is not as expected.
`;

const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
if (values.help === true) process.stdout.write(help);
else runInScratch((scratch) => demo(scratch, (line) => void process.stdout.write(`${line}\n`)));
