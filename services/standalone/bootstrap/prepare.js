'use strict';

const { resolve } = require('node:path');
const { build } = require('./build');
const { CannotPrepare } = require('./cannot-prepare');
const { install } = require('./installation');
const { findNode } = require('./node-24');
const { oneAtATime } = require('./one-at-a-time');

/**
 * Makes a checkout ready to run, from whatever state it is in, and answers the Node to run it with. These files are plain JavaScript
 * without dependencies that Node 18 understands, because they run before anything is installed. Sentences go to standard error.
 * What cannot be done ends the process with 1.
 */
function prepare() {
  const root = resolve(__dirname, '..', '..', '..');
  const say = (sentence) => process.stderr.write(`${sentence}\n`);
  try {
    return oneAtATime(root, say, () => {
      install(root, say);
      const node = findNode(root);
      build(root, node, say);
      return { root, node };
    });
  } catch (error) {
    if (!(error instanceof CannotPrepare)) throw error;
    say(error.message);
    process.exit(1);
  }
}

module.exports = { prepare };

if (require.main === module) prepare();
