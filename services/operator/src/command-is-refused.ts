/** What was asked for is not done, for a reason that a person has to look at; the message says which, and what to do. */
export class CommandIsRefused extends Error {
  override readonly name = 'CommandIsRefused';
}
