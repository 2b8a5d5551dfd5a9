import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../../..');
const decisions = readdirSync(join(root, 'docs/decisions')).map((file) => `docs/decisions/${file}`);

/** A path of this repository in back-quotes, such as `libs/events/src/event-type.ts`; patterns with `*` or `…` are prose. */
const pathPattern = /`((?:\.?[\w-]+\/)*\.?[\w-]+(?:\.[\w-]+)*\.(?:ts|js|json|md|proto|yml|cjs)|(?:libs|services)\/[\w/-]+)`/g;

describe('what the documents name', () => {
  it.each(['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/brief.md', 'docs/embedded-event-store.md', ...decisions])(
    'exists: %s',
    (document) => {
      const named = [...readFileSync(join(root, document), 'utf8').matchAll(pathPattern)].map(([, path = '']) => path);
      const missing = named.filter(
        (path) => path.includes('/') && /^(libs|services|proto|deploy|docs)\//.test(path) && !existsSync(join(root, path)),
      );
      expect(missing).toEqual([]);
    },
  );

  it('is much, in the brief', () => {
    const brief = readFileSync(join(root, 'docs/brief.md'), 'utf8');
    expect([...brief.matchAll(pathPattern)].length).toBeGreaterThan(80);
  });
});
