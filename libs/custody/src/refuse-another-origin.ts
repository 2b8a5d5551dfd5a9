import type { ConnectorDefinition } from '#connectors';
import { Refused } from '#domain';
import { originOf, OutboundDenied, type ServicePlace } from '#outbound';

/**
 * The last look before a credential leaves. Whoever decides looks, too: this one does not depend on how the connection came to be as it is, be it
 * by an edit, by a definition that changed, or by a mistake of ours.
 * @throws Refused CredentialsMustBeReentered
 */
export function refuseAnotherOrigin(definition: ConnectorDefinition, place: ServicePlace, boundTo: string | null): void {
  if (originNow(definition, place) !== boundTo) throw new Refused('CredentialsMustBeReentered');
}

/** Null: there is no address to go to. */
function originNow(definition: ConnectorDefinition, place: ServicePlace): string | null {
  try {
    return originOf(definition, place);
  } catch (error) {
    if (error instanceof OutboundDenied) return null;
    throw error;
  }
}
