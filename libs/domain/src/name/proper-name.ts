import { Refused } from '../refused';

const longest = 120; // characters, after trimming

/** Control characters, and halves of characters (lone surrogates). */
const unprintable = /[\p{Cc}\p{Cs}]/u;

/** The name as it is kept: trimmed. Refused when nothing is left, or too much. Characters are counted as people do, not as UTF-16 does. */
export function properName(entered: string): string {
  const name = entered.trim();
  const length = Array.from(name).length;
  if (length >= 1 && length <= longest && !unprintable.test(name)) return name;
  throw new Refused('FieldsAreInvalid', {}, [
    { pointer: '/name', reason: 'length', message: `A name has 1 to ${longest} visible characters; this one has ${length}.` },
  ]);
}
