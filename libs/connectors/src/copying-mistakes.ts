import type { Field } from './field';

type Mistake = NonNullable<Field['wrong']>[number];

/** The header was copied with the token in it. */
export const bearerPrefix: Mistake = { pattern: '^(?i:bearer) ', message: 'Enter the token without “Bearer ”: the prefix is added.' };

/** What a double click or a terminal takes along. */
export const surroundingSpace: Mistake = {
  pattern: '^\\s|\\s$',
  message: 'There is a space or a line end around the key: copy it without.',
};
