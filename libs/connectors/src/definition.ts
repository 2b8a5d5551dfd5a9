import { z } from 'zod';
import { Field } from './field';
import { HttpVerification, Template, When } from './http-verification';

export const authTypes = ['oauth2', 'api_key', 'basic', 'connection_string', 'signed', 'service_account', 'webhook', 'none'] as const;

/** How the credential travels with each request to the service. */
export const Placement = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('headers'), when: When.optional(), headers: z.record(Template, Template) }),
  z.strictObject({ kind: z.literal('query'), when: When.optional(), query: z.record(Template, Template) }),
  z.strictObject({ kind: z.literal('basic'), when: When.optional(), username: Template, password: Template }), // RFC 7617
  z.strictObject({ kind: z.literal('fields'), when: When.optional(), fields: z.array(z.string()).min(1) }), // not HTTP: handed over as they are
  z.strictObject({ kind: z.literal('none'), when: When.optional() }),
]);
export type Placement = z.infer<typeof Placement>;

const AuthMethod = z.strictObject({
  authType: z.enum(authTypes),
  recommended: z.boolean(),
  setup: z.array(z.string().min(1)), // where in the service to find what is entered, step by step
  requestedScopes: z.array(z.string()),
  fields: z.array(Field),
  placements: z.array(Placement).min(1), // the first whose `when` holds
});
export type AuthMethod = z.infer<typeof AuthMethod>;

/** What a connection's values say about its environment. All parts that are given must hold. */
const Environment = z.strictObject({
  key: z.enum(['production', 'sandbox']),
  serviceUrl: z.string().optional(), // pattern
  settings: z.record(z.string(), z.string()).optional(),
  prefixes: z.record(z.string(), z.array(z.string().min(1))).optional(), // public beginnings of a credential field
});

/** Where the service is: the person enters it, it follows from the settings, or there is none. */
const ServiceUrl = z.union([
  z.strictObject({ entered: z.literal(true), required: z.boolean(), help: z.string().min(1), example: z.string().min(1) }),
  z.strictObject({ fixed: Template.startsWith('https://') }),
  z.strictObject({ none: z.literal(true) }),
]);

/** One template of the catalog: a third party's facts, no behaviour. `version` counts up with every change of the definition. */
export const ConnectorDefinition = z.strictObject({
  key: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
  version: z.int().positive(),
  name: z.string().min(1).max(80),
  categories: z.array(z.string()).min(1),
  icon: z.string().regex(/^[a-z0-9-]+$/), // a name, not an address
  docsUrl: z.url({ protocol: /^https$/ }),
  status: z.enum(['available', 'retired']),
  connection: z.enum(['required', 'optional', 'not_needed']),
  environments: z.array(Environment),
  serviceUrl: ServiceUrl,
  settings: z.array(Field), // of every auth method, besides the method's own
  authMethods: z.array(AuthMethod).min(1),
  verification: HttpVerification.nullable(),
  verifies: z.string().min(1), // for people: what an accepted verification shows
  refreshes: z.boolean(),
});
export type ConnectorDefinition = z.infer<typeof ConnectorDefinition>;
