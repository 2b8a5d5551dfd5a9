import type { ConnectorDefinition } from '#connectors';
import { Refused } from '#domain';
import type { Environment } from '#events';

/** What an environment is told from. */
export interface EnvironmentSigns {
  readonly serviceUrl?: string | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly credentials: Readonly<Record<string, string>>;
}

/**
 * The environment of a connection: the one that was labelled, else the one that its values belong to, if they belong to exactly one.
 * @throws Refused EnvironmentDoesNotMatch when the values belong to another than the label says
 */
export function environmentOf(
  definition: ConnectorDefinition,
  signs: EnvironmentSigns,
  { labelled, allowMismatch }: { readonly labelled: Environment | undefined; readonly allowMismatch: boolean },
): Environment | undefined {
  const found = definition.environments.filter((environment) => holds(environment, signs)).map(({ key }) => key);
  if (labelled === undefined) return found.length === 1 ? found[0] : undefined;
  if (found.length > 0 && !found.includes(labelled) && !allowMismatch) {
    const message = `What was entered belongs to ${found.join(' or ')}. Correct it, or send allowEnvironmentMismatch.`;
    throw new Refused('EnvironmentDoesNotMatch', {}, [{ pointer: '/environment', reason: 'mismatch', message }]);
  }
  return labelled;
}

function holds(
  { serviceUrl, settings = {}, prefixes = {} }: ConnectorDefinition['environments'][number],
  entered: EnvironmentSigns,
): boolean {
  return (
    (serviceUrl === undefined || new RegExp(serviceUrl, 'u').test(entered.serviceUrl ?? '')) &&
    Object.entries(settings).every(([name, pattern]) => new RegExp(pattern, 'u').test(textOf(entered.settings[name]))) &&
    Object.entries(prefixes).every(([name, beginnings]) => beginnings.some((prefix) => entered.credentials[name]?.startsWith(prefix)))
  );
}

function textOf(setting: unknown): string {
  return typeof setting === 'string' ? setting : '';
}
