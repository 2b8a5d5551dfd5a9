import type { Field } from '#connectors';
import type { FieldProblem } from '#domain';

type Part = Field['in'];
type Entry = string | Readonly<Record<string, string>>;

/** What was entered under `settings` or `credentials`, once it fits: without what was left out, with defaults. */
export interface CheckedPart {
  readonly values: Readonly<Record<string, Entry>>;
  readonly problems: readonly FieldProblem[];
}

/**
 * Holds one part of a request to the fields of its connector and auth method, and says all that is wrong with it at once. `others` are fields
 * of the connector's other auth methods: naming them helps whoever mixed them up. No message repeats a value: it may be a secret, in the wrong
 * place most of all. `partSchema` says the same to programs.
 */
export function checkPart(
  part: Part,
  entered: Readonly<Record<string, unknown>>,
  fields: readonly Field[],
  others: readonly Field[] = [],
): CheckedPart {
  const own = fields.filter((field) => field.in === part);
  const strangers = Object.keys(entered)
    .filter((name) => !own.some((field) => field.name === name))
    .map((name) => strangerProblem(part, name, fields, others));
  const checked = own.map((field) => checkField(field, entered[field.name]));
  return {
    values: Object.fromEntries(checked.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
    problems: [...checked.flatMap(({ problems }) => problems), ...strangers],
  };
}

interface CheckedField {
  readonly name: string;
  readonly value?: Entry;
  readonly problems: readonly FieldProblem[];
}

function checkField(field: Field, entered: unknown): CheckedField {
  const { name, type, required, default: standIn } = field;
  const pointer = pointerTo(field.in, name);
  if (isLeftOut(entered)) {
    if (standIn !== undefined) return { name, value: standIn, problems: [] };
    return { name, problems: required ? [{ pointer, reason: 'required', message: `“${field.label}” is missing. ${field.help}` }] : [] };
  }
  const problems = type === 'map' ? mapProblems(field, entered, pointer) : textProblems(field, entered, pointer);
  return problems.length > 0 ? { name, problems } : { name, value: entered as Entry, problems };
}

/** Left out, null and empty are the same. */
function isLeftOut(entered: unknown): boolean {
  return entered === undefined || entered === null || entered === '';
}

function textProblems(
  { label, maxLength, choices, wrong, pattern, secret, example }: Field,
  entered: unknown,
  pointer: string,
): FieldProblem[] {
  if (typeof entered !== 'string') return [{ pointer, reason: 'type', message: `“${label}” is a text.` }];
  if (choices) {
    return choices.includes(entered) ? [] : [{ pointer, reason: 'choice', message: `“${label}” is one of ${choices.join(', ')}.` }];
  }
  const shown = secret || typeof example !== 'string' ? '' : ` It looks like ${example}.`;
  return wordProblems({ label: `“${label}”`, maxLength, wrong, pattern, shown }, entered, pointer);
}

function mapProblems(field: Field, entered: unknown, pointer: string): FieldProblem[] {
  const { label, keys, maxEntries = 0, maxLength, wrong, pattern } = field;
  if (typeof entered !== 'object' || entered === null || Array.isArray(entered) || !keys) {
    return [{ pointer, reason: 'type', message: `“${label}” is an object of texts.` }];
  }
  const entries = Object.entries(entered);
  if (entries.length > maxEntries) return [{ pointer, reason: 'entries', message: `“${label}” has at most ${maxEntries} entries.` }];
  return entries.flatMap(([key, value]: [string, unknown]) => {
    const place = keys.maxLength >= key.length ? `${pointer}/${escaped(key)}` : pointer;
    const name = wordProblems({ label: `A name in “${label}”`, ...keys, shown: '' }, key, place);
    if (name.length > 0) return name;
    if (typeof value !== 'string') return [{ pointer: place, reason: 'type', message: `A value in “${label}” is a text.` }];
    return wordProblems({ label: `A value in “${label}”`, maxLength, wrong, pattern, shown: '' }, value, place);
  });
}

interface WordRules {
  readonly label: string;
  readonly maxLength: number;
  readonly wrong?: Field['wrong'] | undefined;
  readonly pattern?: string | undefined;
  /** A sentence that shows what a right one looks like. */
  readonly shown: string;
}

function wordProblems({ label, maxLength, wrong = [], pattern, shown }: WordRules, word: string, pointer: string): FieldProblem[] {
  if (charactersIn(word) > maxLength) return [{ pointer, reason: 'length', message: `${label} has at most ${maxLength} characters.` }];
  const mistake = wrong.find((known) => matches(known.pattern, word)); // it knows better what to say than the pattern does
  if (mistake) return [{ pointer, reason: 'wrong', message: mistake.message }];
  if (pattern !== undefined && !matches(pattern, word)) {
    return [{ pointer, reason: 'pattern', message: `${label} is not written as it should be.${shown}` }];
  }
  return [];
}

/** As JSON Schema counts them: a character beyond the first 65,536 is one, too. */
function charactersIn(word: string): number {
  return Array.from(word).length;
}

function matches(pattern: string, word: string): boolean {
  return new RegExp(pattern, 'u').test(word);
}

function strangerProblem(part: Part, name: string, fields: readonly Field[], others: readonly Field[]): FieldProblem {
  const pointer = pointerTo(part, name);
  const misplaced = fields.find((field) => field.name === name);
  if (misplaced) return { pointer, reason: 'misplaced', message: `“${misplaced.label}” belongs under ${misplaced.in}.` };
  const other = others.find((field) => field.name === name);
  if (other) {
    const where = other.in === part ? '' : ` and belongs under ${other.in}`;
    return { pointer, reason: 'unknown', message: `“${other.label}” is for another way of authenticating${where}.` };
  }
  const known = fields.filter((field) => field.in === part).map((field) => field.name);
  const message = known.length === 0 ? `Nothing is entered under ${part} here.` : `Under ${part} there may be: ${known.join(', ')}.`;
  return { pointer, reason: 'unknown', message };
}

function pointerTo(part: Part, name: string): string {
  return `/${part}/${escaped(name.slice(0, 64))}`;
}

/** RFC 6901, section 3. */
function escaped(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}
