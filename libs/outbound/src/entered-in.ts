import type { Secret } from '#secret';

/** What was entered as a credential, by field name; a sealed one is JSON. Nothing where nothing was entered. */
export function enteredIn(credentials: Secret | null): Readonly<Record<string, string>> {
  if (!credentials) return {};
  try {
    return JSON.parse(credentials.reveal()) as Readonly<Record<string, string>>;
  } catch {
    throw new TypeError('the credential is not JSON'); // the parser's own words quote it
  }
}
