'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { inForeground } = require('./in-foreground');
const { prepare } = require('./prepare');

/**
 * `npm run token`, `npm run bench`: one of the operator's commands, or of the programs around the standalone, from a fresh clone. The first
 * argument is its name.
 */
const [name = '', ...args] = process.argv.slice(2);
const { root, node } = prepare();
const services = join(root, 'dist', 'services');
const command = [join(services, 'operator', 'src', `${name}.js`), join(services, 'standalone', 'src', name, 'main.js')].find(existsSync);
if (!/^[a-z-]+$/.test(name) || command === undefined) {
  process.stderr.write(`There is no command "${name}": see services/operator/src and services/standalone/src.\n`);
  process.exit(1);
}
inForeground(node, [command, ...args]);
