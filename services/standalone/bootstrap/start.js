'use strict';

const { join } = require('node:path');
const { inForeground } = require('./in-foreground');
const { prepare } = require('./prepare');

/** `npm start`: everything in one process, from a fresh clone. Arguments go to the standalone: `npm start -- --help`. */
const { root, node } = prepare();
inForeground(node, [join(root, 'dist', 'services', 'standalone', 'src', 'main.js'), ...process.argv.slice(2)]);
