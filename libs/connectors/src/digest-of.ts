import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { ConnectorDefinition } from './definition';

/** Lower-case hex SHA-256 over the canonical JSON (RFC 8785) of the whole definition: two releases with one digest treat a connection alike. */
export function digestOf(definition: ConnectorDefinition): string {
  return createHash('sha256')
    .update(canonicalize(definition) ?? '', 'utf8')
    .digest('hex');
}
