import type { Reason } from '#domain';
import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiResponse, type ApiHeaderOptions } from '@nestjs/swagger';
import { answers, type Circumstances } from './answers';
import { IsCommand } from './once-per-key';
import { IsOperation, permissions, type Operation } from './permissions';
import { examples, type SchemaName } from './schemas';

const requestHeaders = {
  'Idempotency-Key':
    '1 to 255 visible ASCII characters of the caller’s choice. For 24 hours the same request with the same key is the same command: it is run once and answered the same again. Another request needs another key.',
  'If-Match': 'The ETag of the connection that the change is based on; nothing is changed if it has another one by now.',
  'Patchbay-Min-Position': 'What Patchbay-Position said: waits, at most two seconds, until the answer has seen that change.',
} as const;

export interface Documentation {
  readonly summary: string;
  readonly description?: string;
  readonly headers?: readonly (keyof typeof requestHeaders)[];
  /** 200 unless told. */
  readonly status?: number;
  /** One of these; none: the status says it all. */
  readonly answer: SchemaName | readonly SchemaName[];
  /** What it may answer with another status, without being refused. */
  readonly otherwise?: { readonly status: number; readonly description: string; readonly answer: SchemaName };
  /** Besides those of every operation. */
  readonly refusals: readonly Reason[];
}

/** Says which operation a route is, and writes it into the OpenAPI document. */
export function Operates(
  operation: Operation,
  { headers = [], status = 200, answer, otherwise, refusals, ...words }: Documentation,
): MethodDecorator {
  const changes = headers.includes('Idempotency-Key');
  return applyDecorators(
    IsOperation(operation),
    ...(changes ? [IsCommand()] : []),
    ApiBearerAuth(),
    ApiOperation({ operationId: operation, ...words, description: `${words.description ?? ''}\n\n${neededFor(operation)}`.trim() }),
    ...headers.map((name): MethodDecorator =>
      ApiHeader({ name, required: false, description: requestHeaders[name] } satisfies ApiHeaderOptions),
    ),
    answerResponse(status, answer === 'Connection' ? 'The connection as it is now.' : 'The answer.', [answer].flat(), changes),
    ...(otherwise ? [answerResponse(otherwise.status, otherwise.description, [otherwise.answer], changes)] : []),
    ...problemResponses(
      [...refusals, ...(changes ? keyRefusals : []), 'BodyIsMalformed', 'TokenIsMissing', 'TokenIsInvalid', 'PermissionIsMissing'],
      { conditional: headers.includes('If-Match') },
    ),
  );
}

function answerResponse(status: number, description: string, names: readonly SchemaName[], changes: boolean): MethodDecorator {
  const [schema, ...others] = names.map((name) => ({ $ref: `#/components/schemas/${name}` }));
  return ApiResponse({
    status,
    description: schema ? description : 'It is done.',
    headers: {
      ...(names.includes('Connection') && { ETag: { description: 'For If-Match.', schema: { type: 'string' } } }),
      ...(changes &&
        logged(names) && { 'Patchbay-Position': { description: 'For Patchbay-Min-Position. Opaque.', schema: { type: 'string' } } }),
    },
    ...(schema && {
      content: {
        'application/json': { schema: others.length === 0 ? schema : { oneOf: [schema, ...others] }, ...examplesOf(names) },
      },
    }),
  });
}

/** What was done to a connection is in the log, at a position. */
function logged(names: readonly SchemaName[]): boolean {
  return names.length === 0 || names.includes('Connection');
}

const keyRefusals = ['KeyWasUsedForAnotherRequest', 'RequestIsStillRunning', 'VaultIsSealed'] as const;

function neededFor(operation: Operation): string {
  const permission = permissions[operation];
  if (permission === 'open') return '';
  const own = 'own' in permission ? `; ${permission.own.join(', ')} for connections of their own` : '';
  const people = permission.roles.length === 0 ? 'For no person' : `For people: ${permission.roles.join(', ')}`;
  return `${people}${own}. For services: scope \`${permission.scope}\`.`;
}

function examplesOf(names: readonly SchemaName[]): { readonly examples?: Record<string, { readonly value: unknown }> } {
  const named = names.flatMap((name) => (name in examples ? Object.entries<unknown>(examples[name as keyof typeof examples]) : []));
  return named.length === 0 ? {} : { examples: Object.fromEntries(named.map(([name, value]) => [name, { value }])) };
}

/** One response per status, which names every reason that has it. */
function problemResponses(refusals: readonly Reason[], { conditional }: Circumstances): MethodDecorator[] {
  const answered = [...new Set(refusals)].flatMap((reason) => statusesOf(reason, conditional).map((status) => ({ status, reason })));
  return [...Map.groupBy(answered, ({ status }) => status)].map(([status, reasons]) =>
    ApiResponse({
      status,
      description: reasons.map(({ reason }) => `\`${reason}\`: ${answers[reason].title}.`).join('\n\n'),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    }),
  );
}

/** A route that takes `If-Match` is asked with and without. */
function statusesOf(reason: Reason, conditional: boolean): readonly number[] {
  const { http } = answers[reason];
  if (typeof http === 'number') return [http];
  const asked = conditional ? [false, true] : [false];
  return [...new Set(asked.map((conditional) => http({ conditional })))];
}
