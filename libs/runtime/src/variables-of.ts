import { z } from 'zod';

/** One environment variable, as its schema describes it. */
export interface Variable {
  name: string;
  sentence: string;
  example: string | undefined;
  default: string | undefined;
  required: boolean;
}

/** The variables of a schema: an object keyed by the variables' names, which may be transformed into the configuration's own shape. */
export function variablesOf(schema: z.ZodType): readonly Variable[] {
  return Object.entries(objectIn(schema).shape).map(([name, value]) => variable(name, value as z.core.$ZodType));
}

function objectIn(schema: z.core.$ZodType): z.ZodObject {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodPipe) return objectIn(schema.def.in);
  throw new Error('A configuration schema is an object keyed by the names of its variables');
}

function variable(name: string, schema: z.core.$ZodType): Variable {
  const layers = layersOf(schema);
  const described = layers.map((layer) => z.globalRegistry.get(layer));
  const example = described.find((meta) => meta?.['example'] !== undefined)?.['example'];
  const sentence = described.find((meta) => meta?.description !== undefined)?.description;
  if (sentence === undefined) throw new Error(`${name} has no sentence: give its schema a description`);
  return {
    name,
    sentence,
    example: typeof example === 'string' ? example : undefined,
    default: layers.map(defaultOf).find((text) => text !== undefined),
    required: layers.every((layer) => !optional(layer)),
  };
}

/** A schema and those it wraps, outermost first: `.default`, `.optional` and `.transform` each wrap the one before. */
function layersOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodPipe) return [schema, ...layersOf(schema.def.in)];
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional)
    return [schema, ...layersOf(schema.def.innerType)];
  return [schema];
}

function defaultOf(layer: z.core.$ZodType): string | undefined {
  if (!(layer instanceof z.ZodDefault || layer instanceof z.ZodPrefault)) return undefined;
  return String(layer.def.defaultValue); // an array prints as it is written: separated by commas
}

function optional(layer: z.core.$ZodType): boolean {
  return layer instanceof z.ZodDefault || layer instanceof z.ZodPrefault || layer instanceof z.ZodOptional;
}
