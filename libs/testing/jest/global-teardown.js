'use strict';

/** Ends what the global setup started. */
module.exports = async () => {
  await globalThis.endTestDatabase?.();
};
