import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Commander, Inquirer } from '../asker';
import type { CatalogInquirer } from '../catalog-inquirer';
import { admissionOf } from './admission';
import { headerOf } from './header-of';
import { expectedRevisionsOf } from './if-match';
import { commandIdsOf } from './once-per-key';
import { overseeing } from './permissions';
import { onlyWorkspaceOf, reachOf } from './principal';

/** Who asks for a change, from token, path and headers. With an `Idempotency-Key` the same request is the same command, whenever it comes. */
function commanderOf(request: FastifyRequest): Commander {
  const { principal, reach } = admissionOf(request);
  const { subject, actor } = principal;
  return {
    workspaceId: workspaceOf(request),
    subject,
    actor,
    reach,
    commandId: commandIdsOf(request).commandId,
    correlationId: request.id,
    oversees: reachOf(principal, overseeing) !== null,
  };
}

function inquirerOf(request: FastifyRequest): Inquirer {
  const { principal, reach } = admissionOf(request);
  const { subject, actor } = principal;
  return { workspaceId: workspaceOf(request), subject, actor, reach, minPosition: minPositionOf(request) };
}

function catalogInquirerOf(request: FastifyRequest): CatalogInquirer {
  return { workspaceId: onlyWorkspaceOf(admissionOf(request).principal), minPosition: minPositionOf(request) };
}

const positionPattern = /^\d{1,20}$/;

function minPositionOf(request: FastifyRequest): bigint | undefined {
  const given = headerOf(request, 'patchbay-min-position', positionPattern, 'It is what Patchbay-Position said.');
  return given === undefined ? undefined : BigInt(given);
}

function workspaceOf(request: FastifyRequest): string {
  return (request.params as { readonly ws: string }).ws;
}

/** An opaque id. */
function subjectOf(request: FastifyRequest): string {
  return admissionOf(request).principal.subject;
}

const from = (read: (request: FastifyRequest) => unknown): (() => ParameterDecorator) =>
  createParamDecorator((_: unknown, context: ExecutionContext) => read(context.switchToHttp().getRequest<FastifyRequest>()));

export const AskedBy = from(commanderOf);
export const InquiredBy = from(inquirerOf);
export const CatalogInquiredBy = from(catalogInquirerOf);
export const SubjectWhoAsks = from(subjectOf);
export const Ids = from(commandIdsOf);
export const IfMatch = from(expectedRevisionsOf);
