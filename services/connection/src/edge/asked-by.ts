import { Refused } from '#domain';
import { commandIdOf, newCommandId } from '#event-store';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Commander, Inquirer } from '../asker';
import type { CatalogInquirer } from '../catalog-inquirer';
import { admissionOf } from './admission';
import { onlyWorkspaceOf } from './principal';

/** Who asks for a change, from token, path and headers. With an `Idempotency-Key` the same request is the same command, whenever it comes. */
function commanderOf(request: FastifyRequest): Commander {
  const { operation, principal, reach } = admissionOf(request);
  const { subject, actor } = principal;
  const workspaceId = workspaceOf(request);
  const key = header(request, 'idempotency-key', /^[\x21-\x7e]{1,255}$/, 'It has 1 to 255 visible ASCII characters.');
  const commandId = key === undefined ? newCommandId() : commandIdOf([workspaceId, subject, operation, key]);
  return { workspaceId, subject, actor, reach, commandId, correlationId: request.id };
}

function inquirerOf(request: FastifyRequest): Inquirer {
  const { principal, reach } = admissionOf(request);
  const { subject, actor } = principal;
  return { workspaceId: workspaceOf(request), subject, actor, reach, minPosition: minPositionOf(request) };
}

function catalogInquirerOf(request: FastifyRequest): CatalogInquirer {
  return { workspaceId: onlyWorkspaceOf(admissionOf(request).principal), minPosition: minPositionOf(request) };
}

/** The configRevision of an `If-Match`; undefined where any will do. RFC 9110, section 13.1.1: no weak ones. */
function expectedRevisionOf(request: FastifyRequest): number | undefined {
  const given = header(request, 'if-match', /^(?:\*|"\d{1,15}")$/, 'It is the ETag of a connection, in quotes, or *.');
  return given === undefined || given === '*' ? undefined : Number(given.slice(1, -1));
}

const positionPattern = /^\d{1,20}$/;

function minPositionOf(request: FastifyRequest): bigint | undefined {
  const given = header(request, 'patchbay-min-position', positionPattern, 'It is what Patchbay-Position said.');
  return given === undefined ? undefined : BigInt(given);
}

function workspaceOf(request: FastifyRequest): string {
  return (request.params as { readonly ws: string }).ws;
}

function header(request: FastifyRequest, name: string, pattern: RegExp, message: string): string | undefined {
  const given = request.headers[name];
  if (given === undefined || given === '') return undefined;
  if (typeof given === 'string' && pattern.test(given)) return given;
  throw new Refused('BodyIsMalformed', {}, [{ pointer: `/headers/${name}`, reason: 'pattern', message }]);
}

const from = (read: (request: FastifyRequest) => unknown): (() => ParameterDecorator) =>
  createParamDecorator((_: unknown, context: ExecutionContext) => read(context.switchToHttp().getRequest<FastifyRequest>()));

export const AskedBy = from(commanderOf);
export const InquiredBy = from(inquirerOf);
export const CatalogInquiredBy = from(catalogInquirerOf);
export const IfMatch = from(expectedRevisionOf);
