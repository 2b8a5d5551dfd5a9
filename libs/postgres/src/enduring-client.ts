import { Client, type ClientConfig } from 'pg';

/**
 * A client whose connection may be lost at any moment: without a listener of its own, one lost between being connected and being lent out ends the
 * process. Whoever uses the client learns of the loss from the query that fails, and the pool from the event that it listens to itself.
 */
export class EnduringClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}
