import { fieldsOf, type AuthMethod, type ConnectorDefinition, type Field, type When } from '#connectors';

export type AuthType = AuthMethod['authType'];

/** A connection's settings, as they are stored. */
export type Settings = Readonly<Record<string, string | number | boolean | Readonly<Record<string, string>>>>;

/** What was entered for a connection and may be filled into the definition's templates: text by field name. Left out, empty and unknown are the same. */
export type Values = ReadonlyMap<string, string>;

export class AuthTypeIsUnknown extends Error {
  override readonly name = 'AuthTypeIsUnknown';
  constructor(key: string, authType: string) {
    super(`connector "${key}" does not offer ${authType}`);
  }
}

/** @throws AuthTypeIsUnknown */
export function enteredValues(
  definition: ConnectorDefinition,
  authType: AuthType,
  settings: Settings,
  credentials: Readonly<Record<string, string>>,
): Values {
  const fields = fieldsOf(definition, authType);
  if (!fields) throw new AuthTypeIsUnknown(definition.key, authType);
  return new Map([['authType', authType], ...texts(fields, settings, credentials)]);
}

/** The settings alone, of whichever auth type: what an address may depend on. */
export function enteredSettings(definition: ConnectorDefinition, settings: Settings): Values {
  const fields = [...definition.settings, ...definition.authMethods.flatMap((method) => method.fields)];
  return new Map(
    texts(
      fields.filter((field) => field.in === 'settings'),
      settings,
      {},
    ),
  );
}

export function holds(when: When | undefined, values: Values): boolean {
  return Object.entries(when ?? {}).every(([name, wanted]) => (values.get(name) ?? null) === wanted);
}

function texts(fields: readonly Field[], settings: Settings, credentials: Readonly<Record<string, string>>): [string, string][] {
  return fields.flatMap(({ name, in: part, default: stand }): [string, string][] => {
    const entered = part === 'settings' ? settings[name] : credentials[name];
    const text = entered === undefined || entered === '' ? stand : entered;
    return text === undefined || typeof text === 'object' ? [] : [[name, String(text)]];
  });
}
