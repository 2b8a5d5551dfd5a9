'use strict';

const { spawnSync } = require('node:child_process');
const { existsSync, readFileSync, rmSync } = require('node:fs');
const { join } = require('node:path');
const { CannotPrepare } = require('./cannot-prepare');

/** What a first installation takes from the registry, measured with an empty npm cache on linux-x64. */
const downloadMegabytes = 250;

/** Installs what package-lock.json names, unless it is there. `say` gets the sentences for whoever waits. */
function install(root, say) {
  if (isInstalled(root)) return;
  say(`Installing the packages: about ${downloadMegabytes} MB come down the first time.`);
  // npm writes this file last. Without it a removal that is interrupted half way cannot pass for an installation.
  rmSync(npmRecord(root), { force: true });
  const { status, signal, error } = runNpm(root, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  if (error !== undefined) throw new CannotPrepare(`npm cannot be run (${error.code}): install Node.js together with npm.`);
  if (status !== 0) {
    throw new CannotPrepare(`The packages could not be installed: npm ci ended with ${status ?? signal}, for the reason it gives above.`);
  }
}

/** Whether npm finished an installation of exactly what package-lock.json names, for this kind of machine. */
function isInstalled(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  if (wanted === null) throw new CannotPrepare(`There is no readable package-lock.json in ${root}: check the files out again.`);
  const found = readPackages(npmRecord(root));
  if (found === null) return false;
  const chosen = Object.keys(wanted[''].optionalDependencies ?? {}).map((name) => `node_modules/${name}`);
  return Object.entries(wanted)
    .filter(([path, { optional, os, cpu }]) => {
      // Packages choose their own binaries for the machine; only what we ask for ourselves is ours to miss.
      if (optional) return chosen.includes(path) && os.includes(process.platform) && cpu.includes(process.arch);
      return path !== '';
    })
    .every(([path, { version }]) => found[path]?.version === version && existsSync(join(root, path, 'package.json')));
}

function npmRecord(root) {
  return join(root, 'node_modules', '.package-lock.json');
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return null;
  }
}

/** Uses the npm that runs us, if one does. What it prints goes to standard error: standard output belongs to the command. */
function runNpm(root, args) {
  const npm = process.env.npm_execpath;
  const options = { cwd: root, stdio: ['ignore', 2, 2] };
  if (npm?.endsWith('.js')) return spawnSync(process.execPath, [npm, ...args], options);
  return spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}

module.exports = { install, isInstalled };
