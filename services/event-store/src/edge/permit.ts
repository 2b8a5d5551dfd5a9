import type { StreamAction } from '../access-list';
import type { Caller } from '../caller';
import { AccessIsDenied } from './refusal';
import type { Serving } from './serving';

/**
 * @throws AccessIsDenied
 */
export const permit = async ({ access }: Pick<Serving, 'access'>, caller: Caller, action: StreamAction, stream: string): Promise<void> => {
  if (!(await access.permits(caller, action, stream))) throw new AccessIsDenied(action);
};
