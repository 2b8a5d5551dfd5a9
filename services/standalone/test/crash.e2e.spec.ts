import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const drills = resolve(__dirname, '../../../dist/services/standalone/src/drills/main.js');

describe('Patchbay, killed under load', () => {
  it('keeps what it promised', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [drills, 'crash', '--kills', '3', '--brief', '--json']);
    const { figures, findings } = JSON.parse(stdout) as { figures: Record<string, number>; findings: string[] };
    expect(findings).toEqual([]);
    expect(figures['kills']).toBe(3);
    expect(Math.min(figures['acknowledged'] ?? 0, figures['cut by a kill, and sent again'] ?? 0)).toBeGreaterThan(0);
  }, 120_000);
});
