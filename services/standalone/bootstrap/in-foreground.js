'use strict';

const { spawn } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { constants } = require('node:os');

const lookForParentEachMs = 500;

/**
 * Runs a program in this process's place: its input and output are ours, signals go to it, and we end as it ends. It is told through
 * an IPC channel when we are gone, and we look whether npm is: neither of them can tell us when it is killed.
 */
function inForeground(program, args, { cwd } = {}) {
  const child = spawn(program, args, { cwd, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  if (process.env.npm_lifecycle_event !== undefined) {
    const descent = descentFromNpm();
    const looking = setInterval(() => {
      if (descentFromNpm() === descent) return;
      clearInterval(looking);
      child.disconnect();
    }, lookForParentEachMs);
    looking.unref();
  }
  child.on('error', (error) => {
    process.stderr.write(`${program} cannot be run (${error.code}).\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

/**
 * Whose child we are, and whose child that is as long as it is a shell: npm runs a script through one, which some systems replace by the
 * script. Orphans get another parent at once, so this changes when npm dies. Without /proc only our own parent can be seen.
 */
function descentFromNpm(pid = process.ppid) {
  const { name, ppid } = processOf(pid);
  return /^(?:sh|dash|bash|ash|busybox)$/.test(name) ? `${pid} ${descentFromNpm(ppid)}` : `${pid}`;
}

/** proc(5): `pid (name) state ppid …` */
function processOf(pid) {
  try {
    const [, name, ppid] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return { name, ppid };
  } catch {
    return { name: '', ppid: '' };
  }
}

module.exports = { inForeground };
