import { Refused } from '../refused';
import { isRefusal } from './connection-state';
import type { Settled } from './settled';

/**
 * What may be served, if anything may. A service that could not be reached at the last check may be there by now; one that said no will say it again.
 * @throws Refused ConnectionIsRemoved, ConnectionIsDisabled, ConnectionIsPending, ReauthorizationIsRequired, CredentialsWereRefused
 */
export function servable(settled: Settled): Settled {
  switch (settled.status) {
    case 'removed':
      throw new Refused('ConnectionIsRemoved');
    case 'disabled':
      throw new Refused('ConnectionIsDisabled');
    case 'pending':
      throw new Refused('ConnectionIsPending');
    case 'reauthorize':
      throw new Refused('ReauthorizationIsRequired');
    case 'error':
      if (isRefusal(settled.code)) throw new Refused('CredentialsWereRefused');
      return settled;
    case 'active':
      return settled;
  }
}
