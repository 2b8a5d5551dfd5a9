'use strict';

const { join } = require('node:path');
const { inForeground } = require('./in-foreground');
const { prepare } = require('./prepare');

const help = `npm test [-- <jest's arguments>]

Runs every spec, from a fresh clone. Some start PostgreSQL and whole Patchbays of their own on free ports; none needs a network.

  npm test                          everything
  npm test -- libs/vault            the specs below a path
  npm test -- -t 'is refused'       the specs whose titles match
  npm test -- --watch services      again after each change
`;

const args = process.argv.slice(2);
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(help);
} else {
  const { root, node } = prepare();
  // Node 24 with this flag is the first on which jest loads packages that are ES modules (docs/decisions/0006-node-and-bootstrap.md).
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  inForeground(node, [...flags, join(root, 'node_modules', 'jest', 'bin', 'jest.js'), ...args], { cwd: root });
}
