import type { FastifyRequest } from 'fastify';
import type { ExpectedRevisions } from '../expected-revisions';
import { headerOf } from './header-of';

const entityTag = String.raw`(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"`;
const ifMatch = new RegExp(String.raw`^(?:\*|[ \t,]*${entityTag}(?:[ \t]*,(?:[ \t]*${entityTag})?)*)$`);
const eachTag = new RegExp(entityTag, 'g');
const etag = /^"(0|[1-9]\d{0,14})"$/;

/**
 * The configRevisions that an `If-Match` admits (RFC 9110, section 13.1.1). Tags are compared strongly: a weak one, and one that no connection can have,
 * match nothing, and where no other is named, nothing will do.
 * @throws Refused BodyIsMalformed
 */
export function expectedRevisionsOf(request: FastifyRequest): ExpectedRevisions {
  const given = headerOf(request, 'if-match', ifMatch, 'It is the ETag of a connection, in quotes, or *.');
  if (given === undefined || given === '*') return 'any';
  return [...given.matchAll(eachTag)].flatMap(([tag]) => {
    const [, revision] = etag.exec(tag) ?? [];
    return revision === undefined ? [] : [Number(revision)];
  });
}
