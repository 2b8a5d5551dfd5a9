import type { Field } from '#connectors';
import type { JsonSchema } from './json-schema';

/**
 * One part of a request as a JSON Schema that says what `checkPart` does, neither more nor less: what one of them takes, the other takes. What
 * is shown to people (labels, help, known mistakes) stands in its annotations.
 */
export function partSchema(part: Field['in'], fields: readonly Field[], besides: Readonly<Record<string, JsonSchema>> = {}): JsonSchema {
  const own = fields.filter((field) => field.in === part);
  const required = own.filter(isNeeded).map(({ name }) => name);
  return {
    type: required.length > 0 ? 'object' : ['object', 'null'],
    properties: { ...Object.fromEntries(own.map((field) => [field.name, fieldSchema(field)])), ...besides },
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

function fieldSchema(field: Field): JsonSchema {
  const { label, help, example, secret, default: standIn } = field;
  return {
    title: label,
    description: help,
    ...(standIn !== undefined && { default: standIn }),
    examples: [example],
    ...(secret && { writeOnly: true }),
    ...(isNeeded(field) ? enteredSchema(field) : { anyOf: [enteredSchema(field), leftOut] }),
  };
}

function isNeeded({ required, default: standIn }: Field): boolean {
  return required && standIn === undefined;
}

/** Null and empty are as if nothing were there. */
const leftOut: JsonSchema = { enum: [null, ''] };

function enteredSchema({ type, choices = [], keys, maxEntries, ...value }: Field): JsonSchema {
  if (type === 'choice') return { enum: [...choices] };
  if (type === 'string' || !keys || maxEntries === undefined) return { minLength: 1, ...wordSchema(value) };
  return { type: 'object', maxProperties: maxEntries, propertyNames: wordSchema(keys), additionalProperties: wordSchema(value) };
}

function wordSchema({ maxLength, pattern, wrong = [] }: Pick<Field, 'maxLength' | 'pattern' | 'wrong'>): JsonSchema {
  return {
    type: 'string',
    maxLength,
    ...(pattern !== undefined && { pattern }),
    ...(wrong.length > 0 && { allOf: wrong.map((mistake) => ({ description: mistake.message, not: { pattern: mistake.pattern } })) }),
  };
}
