'use strict';

/** Why the checkout cannot be made ready; the message is the whole sentence a person needs. */
class CannotPrepare extends Error {}

module.exports = { CannotPrepare };
