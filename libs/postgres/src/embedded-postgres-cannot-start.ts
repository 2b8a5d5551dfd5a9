/** Why there is no embedded server; the message is the whole sentence a person needs. */
export class EmbeddedPostgresCannotStart extends Error {
  override readonly name = 'EmbeddedPostgresCannotStart';
}
