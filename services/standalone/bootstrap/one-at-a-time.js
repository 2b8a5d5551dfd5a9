'use strict';

const { createHash, randomUUID } = require('node:crypto');
const { linkSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { CannotPrepare } = require('./cannot-prepare');

const patienceMs = 10 * 60_000;

/** Does the work once no other process does it for the same checkout: two installations in one folder would take each other's files away. */
function oneAtATime(root, say, work) {
  const mark = join(tmpdir(), `patchbay-preparing-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`);
  const deadline = Date.now() + patienceMs;
  for (let waiting = false; !leave(mark); waiting = true) {
    const pid = holderOf(mark);
    if (pid === null) continue; // gone since
    if (!isAlive(pid)) inherit(mark, pid);
    else if (Date.now() > deadline) throw new CannotPrepare(`Process ${pid} still prepares this checkout; if it does not, remove ${mark}.`);
    else if (!waiting) say(`Process ${pid} prepares this checkout already: waiting for it.`);
    pause(200);
  }
  try {
    return work();
  } finally {
    rmSync(mark, { force: true });
  }
}

/** Written beside its place, then linked into it: a mark is there with its holder in it, or not at all. */
function leave(mark) {
  const draft = `${mark}.${randomUUID()}`;
  writeFileSync(draft, String(process.pid));
  try {
    linkSync(draft, mark);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Of several that find the mark of one that was killed, a single one takes it away, and only that one: the next may be in its place by now. */
function inherit(mark, killed) {
  const estate = `${mark}.of-${killed}`;
  if (!leave(estate)) {
    const heir = holderOf(estate);
    if (heir !== null && !isAlive(heir)) rmSync(estate, { force: true });
    return;
  }
  try {
    if (holderOf(mark) === killed) rmSync(mark, { force: true });
  } finally {
    rmSync(estate, { force: true });
  }
}

/** Null where there is no mark. */
function holderOf(mark) {
  try {
    return Number(readFileSync(mark, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM'; // somebody else's
  }
}

function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

module.exports = { oneAtATime };
