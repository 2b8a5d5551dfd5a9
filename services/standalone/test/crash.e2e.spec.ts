import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const drills = resolve(__dirname, '../../../dist/services/standalone/src/drills/main.js');

describe('Patchbay, killed under load', () => {
  it('keeps what it promised', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [drills, 'crash', '--kills', '3', '--brief', '--json']);
    const drilled = JSON.parse(stdout) as Record<string, unknown> & { acknowledged: number; cut: number };
    expect(drilled).toMatchObject({ kills: 3, findings: [] });
    expect(Math.min(drilled.acknowledged, drilled.cut)).toBeGreaterThan(0);
  }, 120_000);
});
