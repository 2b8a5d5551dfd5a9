import type { z } from 'zod';

/** A schema of the dialect 2020-12: https://json-schema.org/draft/2020-12 */
export type JsonSchema = z.core.JSONSchema.BaseSchema;
