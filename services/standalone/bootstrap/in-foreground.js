'use strict';

const { spawn } = require('node:child_process');
const { constants } = require('node:os');

const lookForParentEachMs = 500;

/**
 * Runs a program in this process's place: its input and output are ours, signals go to it, and we end as it ends. It is told through
 * an IPC channel when we are gone, and we look whether npm is: neither of them can tell us when it is killed.
 */
function inForeground(program, args, { cwd } = {}) {
  const child = spawn(program, args, { cwd, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event !== undefined) {
    setInterval(() => {
      if (process.ppid !== parent) child.disconnect();
    }, lookForParentEachMs).unref();
  }
  child.on('error', (error) => {
    process.stderr.write(`${program} cannot be run (${error.code}).\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

module.exports = { inForeground };
