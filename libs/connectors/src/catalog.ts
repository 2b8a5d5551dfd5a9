import { date } from './catalog/date';
import { github } from './catalog/github';
import { http } from './catalog/http';
import { json } from './catalog/json';
import { regex } from './catalog/regex';
import { shopify } from './catalog/shopify';
import { stripe } from './catalog/stripe';
import type { ConnectorDefinition } from './definition';

export const catalog: readonly ConnectorDefinition[] = [date, github, http, json, regex, shopify, stripe];

export function connectorOf(key: string): ConnectorDefinition | undefined {
  return catalog.find((definition) => definition.key === key);
}
