'use strict';

const { createHash } = require('node:crypto');
const { readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { CannotPrepare } = require('./cannot-prepare');

const patienceMs = 10 * 60_000;

/** Does the work once no other process does it for the same checkout: two installations in one folder would take each other's files away. */
function oneAtATime(root, say, work) {
  const mark = join(tmpdir(), `patchbay-preparing-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`);
  const deadline = Date.now() + patienceMs;
  for (let waiting = false; !leave(mark); waiting = true) {
    const pid = Number(read(mark));
    if (!isAlive(pid)) rmSync(mark, { force: true });
    else if (Date.now() > deadline) throw new CannotPrepare(`Process ${pid} still prepares this checkout; if it does not, remove ${mark}.`);
    else if (!waiting) say(`Process ${pid} prepares this checkout already: waiting for it.`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  try {
    return work();
  } finally {
    rmSync(mark, { force: true });
  }
}

function leave(mark) {
  try {
    writeFileSync(mark, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function read(mark) {
  try {
    return readFileSync(mark, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM'; // somebody else's
  }
}

module.exports = { oneAtATime };
