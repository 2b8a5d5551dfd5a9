import { envExample } from '#runtime';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environments } from './env-example';

describe('.env.example', () => {
  it("says what the processes' schemas say today; npm run env-example writes it anew", () => {
    expect(readFileSync(join(__dirname, '../../../.env.example'), 'utf8')).toBe(envExample(environments));
  });
});
