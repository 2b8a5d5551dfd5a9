'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { inForeground } = require('./in-foreground');
const { prepare } = require('./prepare');

/** `npm run token`, `npm run migrate`: one of the operator's commands, from a fresh clone. The first argument is its name. */
const [name = '', ...args] = process.argv.slice(2);
const { root, node } = prepare();
const command = join(root, 'dist', 'services', 'operator', 'src', `${name}.js`);
if (!/^[a-z-]+$/.test(name) || !existsSync(command)) {
  process.stderr.write(`The operator has no command "${name}": see services/operator/src.\n`);
  process.exit(1);
}
inForeground(node, [command, ...args]);
