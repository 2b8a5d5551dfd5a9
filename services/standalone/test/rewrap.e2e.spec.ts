import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const drills = resolve(__dirname, '../../../dist/services/standalone/src/drills/main.js');

describe('changing the keys of every workspace', () => {
  it('fails no read and leaves nothing on former keys, although who does it is killed', async () => {
    const args = ['rewrap', '--secrets', '4000', '--reads', '100', '--kills', '2', '--brief', '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, [drills, ...args]);
    const { figures, findings } = JSON.parse(stdout) as { figures: Record<string, number>; findings: string[] };
    expect(findings).toEqual([]);
    expect(figures).toMatchObject({
      'reads that failed': 0,
      'rows left on former keys': 0,
      'former keys that are gone': '4 of 4',
      'read afterwards by a cold process': 4_000,
    });
  }, 120_000);
});
