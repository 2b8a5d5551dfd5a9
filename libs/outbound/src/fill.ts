import type { Values } from './entered-values';

/** Puts values into the `{fieldName}` places of a template; what was left out is empty. */
export function fill(template: string, values: Values, write: (value: string) => string = (value) => value): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values.get(name);
    return value === undefined ? '' : write(value);
  });
}
