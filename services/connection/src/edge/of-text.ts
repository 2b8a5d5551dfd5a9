import { Refused } from '#domain';
import { ValidationPipe, type ArgumentMetadata } from '@nestjs/common';

/**
 * Refuses NUL and lone surrogates (RFC 8259, section 8.2) wherever they stand: PostgreSQL takes them in no text, and an event that holds one could
 * never be shown.
 */
export class OfText extends ValidationPipe {
  constructor(
    private readonly root: string,
    options: ConstructorParameters<typeof ValidationPipe>[0],
  ) {
    super(options);
  }

  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const pointer = placeOfNoText(value, this.root);
    if (pointer === undefined) return super.transform(value, metadata) as Promise<unknown>;
    const message = 'A text holds neither NUL nor half a character (a lone surrogate).';
    return Promise.reject(new Refused('BodyIsMalformed', {}, [{ pointer, reason: 'text', message }]));
  }
}

/** A JSON Pointer to the first member whose name or value is no text; undefined where all are. */
function placeOfNoText(value: unknown, pointer: string): string | undefined {
  if (typeof value === 'string') return isText(value) ? undefined : pointer;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    if (!isText(name)) return pointer;
    const place = placeOfNoText(member, `${pointer}/${escapedToken(name)}`);
    if (place !== undefined) return place;
  }
  return undefined;
}

function isText(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0');
}

/** RFC 6901, section 3; cut, as names are anybody's. */
export function escapedToken(name: string): string {
  return name.slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1');
}
