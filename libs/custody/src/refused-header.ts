import { Refused } from '#domain';
import { HeaderIsNotAllowed } from '#outbound';

const problems: Readonly<Record<HeaderIsNotAllowed['reason'], string>> = {
  name: 'A header has a name that HTTP does not allow.',
  value: 'A header has a value that HTTP does not allow.',
  transport: 'A header belongs to the transport and cannot be set.',
  credential: 'An extra header would replace the one that carries the credential.',
};

/** For whoever made headers of settings and a credential: one that cannot be sent is a wrong field. Any other error stays what it is. */
export function refusedHeader(error: unknown): never {
  if (!(error instanceof HeaderIsNotAllowed)) throw error;
  throw new Refused('FieldsAreInvalid', {}, [{ pointer: '/settings', reason: 'header', message: problems[error.reason] }]);
}
