import { Refused, type FieldProblem } from '#domain';
import type { ValidationError, ValidationPipe } from '@nestjs/common';
import { escapedToken, OfText } from './of-text';

/** Holds a body to its class: what is not declared is refused. Its values appear in no answer. */
export const wellFormedBody = wellFormed('');

/** The same for a query string. */
export const wellFormedQuery = wellFormed('/query');

function wellFormed(root: string): ValidationPipe {
  return new OfText(root, {
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    stopAtFirstError: true, // the check nearest to the member
    validationError: { target: false, value: false },
    exceptionFactory: (errors) =>
      new Refused(
        'BodyIsMalformed',
        {},
        errors.flatMap((error) => problemsIn(error, root)),
      ),
  });
}

/** What programs call the checks of class-validator that are used here. */
const reasons: Readonly<Record<string, string>> = {
  whitelistValidation: 'unknown',
  isDefined: 'required',
  isString: 'type',
  isObject: 'type',
  isBoolean: 'type',
  isInt: 'type',
  isIn: 'choice',
  min: 'range',
  max: 'range',
  maxLength: 'length',
  matches: 'pattern',
};

function problemsIn({ property, constraints = {}, children = [] }: ValidationError, root: string): FieldProblem[] {
  // An array or a bare value in the place of the object has no members to point to.
  if (property === 'body') return [{ pointer: root, reason: 'type', message: 'The body is a JSON object.' }];
  const pointer = `${root}/${escapedToken(property)}`;
  const own = Object.entries(constraints).map(([check, message]) => ({
    pointer,
    reason: reasons[check] ?? check,
    message: check === 'whitelistValidation' ? 'There is no such member here.' : `${message}.`,
  }));
  return [...own, ...children.flatMap((child) => problemsIn(child, pointer))];
}
