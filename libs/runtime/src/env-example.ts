import type { z } from 'zod';
import { variablesOf, type Variable } from './variables-of';

export interface ProcessEnvironment {
  process: string;
  schema: z.ZodType;
}

/**
 * The text of `.env.example`: every variable once, under the first process that reads it, with its sentence. What has a default or may
 * be left out is commented out, so the copied file changes nothing until a line is edited.
 */
export function envExample(environments: readonly ProcessEnvironment[]): string {
  const seen = new Set<string>();
  const sections = environments.map(({ process, schema }) => {
    const fresh = variablesOf(schema).filter(({ name }) => !seen.has(name));
    for (const { name } of fresh) seen.add(name);
    return fresh.length === 0 ? '' : `\n# ---- ${process}\n${fresh.map(entry).join('')}`;
  });
  return `# Every variable Patchbay reads, made from the processes' schemas by \`npm run env-example\`. Do not edit.\n${sections.join('')}`;
}

function entry({ name, sentence, example, default: fallback, required }: Variable): string {
  const line = `${name}=${[fallback, example].find((text) => text !== undefined && text !== '') ?? ''}`;
  return `# ${sentence}\n${required ? line : `#${line}`}\n`;
}
