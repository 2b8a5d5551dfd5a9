import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const drills = resolve(__dirname, '../../../dist/services/standalone/src/drills/main.js');

describe('the embedded event store, filled and followed', () => {
  it('gives its follower everything, in little memory', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [drills, 'store-memory', '--events', '5000', '--json']);
    const { figures, findings } = JSON.parse(stdout) as { figures: Record<string, number>; findings: string[] };
    expect(findings).toEqual([]);
    expect(figures['followed']).toBe(5_000);
    expect(figures['peak MB']).toBeGreaterThan(10);
  }, 60_000);
});
