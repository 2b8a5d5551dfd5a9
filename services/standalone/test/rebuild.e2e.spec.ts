import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const drills = resolve(__dirname, '../../../dist/services/standalone/src/drills/main.js');

describe('a read model, rebuilt while it is read and changed, by a process that is killed', () => {
  it('is shown in one moment and taken back by one command, and holds what the log makes of it', async () => {
    const args = ['rebuild', '--connections', '500', '--rate', '20', '--brief', '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, [drills, ...args]);
    const { figures, findings } = JSON.parse(stdout) as { figures: Record<string, number>; findings: string[] };
    expect(findings).toEqual([]);
    expect(figures['rows compared byte for byte']).toBe(500);
    expect(Math.min(figures['edits acknowledged, over HTTP'] ?? 0, figures['questions for all'] ?? 0)).toBeGreaterThan(0);
  }, 120_000);
});
