import type { ConnectorDefinition } from '#connectors';
import type { FieldProblem } from '#domain';
import type { Settings } from '#events';
import { originOf, OutboundDenied } from '#outbound';

export const longestUrl = 2048;

/** What is wrong with a service URL, as far as its text shows it; whether the address may be called is asked when it is. */
export function serviceUrlProblems(
  definition: ConnectorDefinition,
  { serviceUrl, settings }: { readonly serviceUrl?: string | undefined; readonly settings: Readonly<Record<string, unknown>> },
): readonly FieldProblem[] {
  const problem = (reason: string, message: string): readonly FieldProblem[] => [{ pointer: '/serviceUrl', reason, message }];
  const place = definition.serviceUrl;
  if (!('entered' in place)) return serviceUrl === undefined ? [] : problem('unknown', `${definition.name} has no service URL to enter.`);
  if (serviceUrl === undefined) return place.required ? problem('required', `The service URL is missing. ${place.help}`) : [];
  if (serviceUrl.length > longestUrl) return problem('length', `A service URL has at most ${longestUrl} characters.`);
  try {
    originOf(definition, { serviceUrl, settings: settings as Settings });
  } catch (error) {
    if (!(error instanceof OutboundDenied)) throw error;
    return problem('pattern', `This is no service URL. It looks like ${place.example}, without user name, blanks and backslashes.`);
  }
  if (/[?#]/.test(serviceUrl))
    return problem('pattern', 'A service URL has neither a query nor a fragment: what is secret belongs under credentials.');
  return [];
}
