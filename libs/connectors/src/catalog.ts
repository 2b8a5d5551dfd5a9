import { date } from './catalog/date';
import { http } from './catalog/http';
import { json } from './catalog/json';
import { regex } from './catalog/regex';
import type { ConnectorDefinition } from './definition';

export const catalog: readonly ConnectorDefinition[] = [date, http, json, regex];

export function connectorOf(key: string): ConnectorDefinition | undefined {
  return catalog.find((definition) => definition.key === key);
}
