import type { FieldProblem } from '#domain';

const mostLabels = 32;
const labelKey = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$/;
const longestLabel = 256;

/** What is wrong with the labels that a connection shall bear. */
export function labelProblems(labels: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const entries = Object.entries(labels);
  if (entries.length > mostLabels) {
    return [{ pointer: '/labels', reason: 'entries', message: `A connection has at most ${mostLabels} labels.` }];
  }
  return entries.flatMap(([key, value]): readonly FieldProblem[] => {
    if (!labelKey.test(key)) {
      const message =
        'The key of a label has 1 to 63 letters, digits, dots, slashes, hyphens and underscores, and begins and ends with a letter or digit.';
      return [{ pointer: '/labels', reason: 'key', message }];
    }
    if (typeof value === 'string' && value.length <= longestLabel) return [];
    const pointer = `/labels/${key.replaceAll('/', '~1')}`;
    return [{ pointer, reason: 'type', message: `The value of a label is a text of at most ${longestLabel} characters.` }];
  });
}
