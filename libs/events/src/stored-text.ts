const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** JSON as its bytes lie in the log. */
export interface StoredText {
  /** As a reader parses it; undefined where it is no JSON. */
  readonly content: unknown;
  /** Whether these are the bytes that writing the content gives: of a text that anybody made otherwise, a reader would not see all. */
  readonly isAsWritten: boolean;
}

export function storedText(bytes: Uint8Array): StoredText {
  try {
    const text = utf8.decode(bytes);
    const content: unknown = JSON.parse(text);
    return { content, isAsWritten: JSON.stringify(content) === text };
  } catch {
    return { content: undefined, isAsWritten: false };
  }
}
