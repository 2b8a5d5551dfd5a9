import { Refused } from '#domain';
import { denialText } from '#outbound';

/**
 * An address that may not be called is never kept: an operator would have to allow it first.
 * @throws Refused AddressIsNotAllowed
 */
export function refuseBlocked(found: { readonly accepted: boolean; readonly category?: string }): void {
  if (found.category === 'blocked') {
    throw new Refused('AddressIsNotAllowed', {}, [{ pointer: '/serviceUrl', reason: 'address', message: denialText }]);
  }
}
