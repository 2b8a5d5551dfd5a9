import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const drills = resolve(__dirname, '../../../dist/services/standalone/src/drills/main.js');

(process.platform === 'win32' ? describe.skip : describe)('two processes that may write the read models', () => {
  it('write one at a time, whether one is halted and woken or killed', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [drills, 'two-runners', '--rounds', '1', '--brief', '--json']);
    const { figures, findings } = JSON.parse(stdout) as { figures: Record<string, number>; findings: string[] };
    expect(findings).toEqual([]);
    expect(figures).toMatchObject({ 'times halted': 2, 'times killed': 1, 'woken, and standing by again': 2 });
  }, 120_000);
});
