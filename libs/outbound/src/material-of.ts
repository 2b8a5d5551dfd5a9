import type { ConnectorDefinition } from '#connectors';
import { AuthTypeIsUnknown, enteredValues, holds, type AuthType, type Settings } from './entered-values';
import { fill } from './fill';
import { requestHeaders } from './request-headers';

/** A credential in the form in which it travels. */
export type Material =
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'query'; readonly query: Readonly<Record<string, string>> }
  | { readonly kind: 'fields'; readonly fields: Readonly<Record<string, string>> }
  | { readonly kind: 'none' };

/**
 * Puts a credential where the definition and the settings say; into a query only when they say so.
 * @throws HeaderIsNotAllowed when a header cannot carry it
 * @throws AuthTypeIsUnknown
 */
export function materialOf(
  definition: ConnectorDefinition,
  authType: AuthType,
  settings: Settings,
  credentials: Readonly<Record<string, string>>,
): Material {
  const values = enteredValues(definition, authType, settings, credentials);
  const method = definition.authMethods.find((offered) => offered.authType === authType);
  const placement = method?.placements.find(({ when }) => holds(when, values));
  if (!placement) throw new AuthTypeIsUnknown(definition.key, authType);
  const filled = (templates: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(templates).map(([name, value]) => [fill(name, values), fill(value, values)]));

  switch (placement.kind) {
    case 'headers':
      return { kind: 'headers', headers: requestHeaders(filled(placement.headers)) };
    case 'basic': {
      const pair = `${fill(placement.username, values)}:${fill(placement.password, values)}`;
      return { kind: 'headers', headers: { Authorization: `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` } }; // RFC 7617
    }
    case 'query':
      return { kind: 'query', query: filled(placement.query) };
    case 'fields':
      return { kind: 'fields', fields: Object.fromEntries(placement.fields.map((name) => [name, values.get(name) ?? ''])) };
    case 'none':
      return { kind: 'none' };
  }
}
