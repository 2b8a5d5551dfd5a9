import type { AuthMethod, ConnectorDefinition } from '#connectors';
import { z } from 'zod';
import { ExpiresAt } from './check-credentials';
import { partSchema } from './field-schema';
import type { JsonSchema } from './json-schema';
import { longestUrl } from './service-url-problems';

/**
 * What one enters for a connection to this connector, for programs that draw a form or check a document before it is sent. Members that are
 * the same for every connector (name, labels and others) may stand beside it and are not described.
 */
export function connectorSchema(definition: ConnectorDefinition): JsonSchema {
  const { key, name, serviceUrl, authMethods, status, verifies } = definition;
  const mustBeSaid = authMethods.length > 1;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: name,
    description: verifies,
    ...(status === 'retired' && { deprecated: true }),
    type: 'object',
    properties: { connector: { const: key }, serviceUrl: serviceUrlSchema(serviceUrl) },
    required: ['connector', ...(isRequired(serviceUrl) ? ['serviceUrl'] : []), ...(mustBeSaid ? ['authType'] : [])],
    oneOf: authMethods.map((method) => methodSchema(definition, method, mustBeSaid)),
  };
}

function serviceUrlSchema(place: ConnectorDefinition['serviceUrl']): JsonSchema {
  if (!('entered' in place)) return { type: 'null' };
  return {
    title: 'Service URL',
    description: place.help,
    examples: [place.example],
    type: isRequired(place) ? 'string' : ['string', 'null'],
    format: 'iri',
    pattern: '^(?i:https?)://[^/?#@]+(?:/[^?#]*)?$',
    maxLength: longestUrl,
  };
}

function isRequired(place: ConnectorDefinition['serviceUrl']): boolean {
  return 'entered' in place && place.required;
}

function methodSchema({ settings }: ConnectorDefinition, { authType, setup, fields }: AuthMethod, mustBeSaid: boolean): JsonSchema {
  const all = [...settings, ...fields];
  const parts = {
    settings: partSchema('settings', all),
    credentials: { ...partSchema('credentials', all, authType === 'none' ? {} : { expiresAt }), writeOnly: true },
  };
  return {
    title: authType,
    ...(setup.length > 0 && { description: setup.join('. ') }),
    properties: { authType: mustBeSaid ? { const: authType } : { enum: [authType, null] }, ...parts },
    required: Object.entries(parts).flatMap(([part, { required }]) => (required ? [part] : [])),
  };
}

const { $schema: _, ...time } = z.toJSONSchema(ExpiresAt, { target: 'draft-2020-12' });
const expiresAt: JsonSchema = {
  title: 'Expires at',
  description: 'When the credential expires, if it does.',
  examples: ['2027-01-31T00:00:00Z'],
  anyOf: [time, { type: 'null' }],
};
