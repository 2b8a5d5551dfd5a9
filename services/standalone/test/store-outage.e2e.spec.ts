import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const drills = resolve(__dirname, '../../../dist/services/standalone/src/drills/main.js');

describe('Patchbay without its event store', () => {
  it('refuses commands soon, answers questions, and goes on by itself', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [drills, 'store-outage', '--seconds', '5', '--json']);
    const { figures, findings } = JSON.parse(stdout) as { figures: Record<string, number>; findings: string[] };
    expect(findings).toEqual([]);
    expect(Math.min(figures['acknowledged'] ?? 0, figures['sent again with the same key, and done'] ?? 0)).toBeGreaterThan(0);
  }, 120_000);
});
