'use strict';

const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const { CannotPrepare } = require('./cannot-prepare');

const least = 24;

/**
 * The Node that runs Patchbay: the one npm installed as a dependency, else the one that runs this script if it is new enough. There is
 * none from npm for macOS, and the one for Linux does not run on systems without glibc.
 */
function findNode(root) {
  const folder = join(root, 'node_modules', `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`, 'bin');
  const brought = join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
  if (spawnSync(brought, ['--version']).status === 0) return brought;
  if (Number(process.versions.node.split('.')[0]) >= least) return process.execPath;
  throw new CannotPrepare(
    `Patchbay runs on Node.js ${least} or newer, this is ${process.versions.node} and npm has none for ${process.platform}-${process.arch}: install it from https://nodejs.org.`,
  );
}

module.exports = { findNode };
