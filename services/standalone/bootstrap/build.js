'use strict';

const { spawnSync } = require('node:child_process');
const { readdirSync, rmSync, statSync, utimesSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { CannotPrepare } = require('./cannot-prepare');

const sources = ['libs', 'services', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Compiles to `dist`, unless it was compiled after the last change of a source. */
function build(root, node, say) {
  const stamp = join(root, 'dist', '.built');
  const began = Date.now() / 1000;
  if (timeOf(stamp) > Math.max(...sources.map((source) => newestIn(join(root, source))))) return;
  say('Building.');
  rmSync(stamp, { force: true });
  const { status, signal } = spawnSync(node, [join('node_modules', 'typescript', 'bin', 'tsc'), '-b', 'tsconfig.build.json'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new CannotPrepare(`The build failed: tsc ended with ${status ?? signal}, for the reasons it gives above.`);
  writeFileSync(stamp, '');
  utimesSync(stamp, began, began); // what changed meanwhile was perhaps not seen
}

/** The last change below a path, in milliseconds. A folder counts too: its time changes when a file in it goes. */
function newestIn(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  const inside = readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.name.endsWith('.ts'))
    .map((entry) => newestIn(join(path, entry.name)));
  return Math.max(stats.mtimeMs, ...inside);
}

function timeOf(file) {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}

module.exports = { build };
