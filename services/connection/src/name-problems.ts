import { properName, Refused, type FieldProblem } from '#domain';

/** What is wrong with a name, beside other problems: all of them are said at once. */
export function nameProblems(entered: string | undefined): readonly FieldProblem[] {
  if (entered === undefined) return [];
  try {
    properName(entered);
    return [];
  } catch (error) {
    if (error instanceof Refused) return error.problems;
    throw error;
  }
}
