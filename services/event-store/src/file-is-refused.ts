/** A file the server was configured with cannot be used as it is. The message says what to do; it shows nothing of what is in the file. */
export class FileIsRefused extends Error {
  override readonly name = 'FileIsRefused';
}
