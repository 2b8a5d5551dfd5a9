import { z } from 'zod';

/** Text with `{fieldName}` in the places of values. */
export const Template = z.string().regex(/^(?:[^{}]|\{[a-z][A-Za-z0-9]*\})*$/, 'braces only around the name of a field');

/** Holds when every named field has the given value (its default counts); null asks for a field that was left out. */
export const When = z.record(z.string(), z.string().nullable());
export type When = z.infer<typeof When>;

/** A value of the definition, or the name of the setting that holds the connection's own. */
const FromSetting = z.strictObject({ setting: z.string() });

/** Where in a JSON answer: member names and array positions joined by dots (`data.shop.id`, `0.tenantId`); empty is the answer itself. */
const Path = z.string().max(256);

/** One status, or the first and last of a range. */
const Statuses = z.array(z.union([z.int(), z.tuple([z.int(), z.int()])])).min(1);

const tests = {
  present: z.literal(true).optional(), // there, and not null
  absent: z.literal(true).optional(),
  is: z.enum(['array', 'object']).optional(),
  equals: z.union([z.string(), z.number(), z.boolean()]).optional(),
  startsWith: z.string().min(1).optional(),
  contains: z.string().min(1).optional(),
};

/**
 * What the JSON answer of an accepted status must say besides: some services answer 200 to a wrong key. Exactly one test.
 * `otherwise` is what a failing rule means; left out it means that the answer was not the expected one.
 */
export const BodyRule = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/), // recorded when the rule fails
    path: Path,
    ...tests,
    otherwise: z.enum(['unauthorized', 'forbidden', 'unexpected']).optional(),
  })
  .refine(
    (rule) => Object.keys(tests).filter((test) => rule[test as keyof typeof tests] !== undefined).length === 1,
    'a rule has exactly one test',
  );
export type BodyRule = z.infer<typeof BodyRule>;

/** Answers told apart by their status and, where that says too little, by what their JSON says. */
const Answers = z.array(z.strictObject({ status: z.int(), rules: z.array(BodyRule).optional() })).min(1);

/** One request that shows whether the service takes the credential, and how its answer is read. */
export const HttpCheck = z.strictObject({
  when: When.optional(), // besides fields it may ask for `authType`
  method: z.enum(['GET', 'HEAD', 'POST']),
  path: z.union([Template, FromSetting]), // appended to the service URL; empty asks the service URL itself
  headers: z.record(z.string(), Template).optional(),
  headersFrom: z.string().optional(), // the setting of type map whose entries are sent as headers
  query: z.record(z.string(), Template).optional(),
  body: z.json().optional(), // sent as application/json
  /** False: a redirect is the answer. True: it is followed within the origin. */
  followRedirects: z.boolean(),
  statuses: z.strictObject({
    /** The service had enough of requests and said nothing of the credential, under a status that means a refusal otherwise. Asked before all others. */
    throttled: Answers.optional(),
    /** The service took the credential, with narrower rights than the request needs. Asked next. */
    limited: Answers.optional(),
    unauthorized: Statuses,
    forbidden: Statuses,
    accepted: Statuses,
  }),
  rules: z.array(BodyRule).optional(),
  account: z.strictObject({ id: z.union([Path, FromSetting]).optional(), label: z.union([Path, FromSetting]).optional() }).optional(),
});
export type HttpCheck = z.infer<typeof HttpCheck>;

/** The first check whose `when` holds is made. */
export const HttpVerification = z.strictObject({ kind: z.literal('http'), checks: z.array(HttpCheck).min(1) });
export type HttpVerification = z.infer<typeof HttpVerification>;
