import { RE2JS } from 're2js';
import type { StoredEvent } from '../log-event';
import type { ReadReq } from './protocol';
import { badRequest } from './refusal';

export interface EventFilter {
  admits(event: StoredEvent): boolean;
  /** A subscription says where it is each time it has looked at this many events, admitted or not. */
  readonly checkpointInterval: number;
}

/** What the server looks through at a time where the client does not say. */
const defaultWindow = 32;

/** A filter names prefixes or a regular expression, for stream names or for event types. */
export const eventFilterOf = (options: ReadReq.Options.FilterOptions): EventFilter => {
  const window = options.hasMax() ? options.getMax() : defaultWindow;
  const checkpointInterval = window * options.getCheckpointintervalmultiplier();
  if (checkpointInterval === 0) throw badRequest('The window of a filter and the multiplier of its checkpoints must be greater than zero.');
  const byStream = options.getStreamIdentifier();
  const byType = options.getEventType();
  if (byStream !== undefined) {
    const admits = expressionOf(byStream);
    return { admits: ({ stream }) => admits(stream), checkpointInterval };
  }
  if (byType !== undefined) {
    const admits = expressionOf(byType);
    return { admits: ({ type }) => admits(type), checkpointInterval };
  }
  throw badRequest('A filter must say what it filters on.');
};

const expressionOf = (expression: ReadReq.Options.FilterOptions.Expression): ((text: string) => boolean) => {
  const regex = expression.getRegex();
  const prefixes = expression.getPrefixList();
  if (regex === '') return (text) => prefixes.some((prefix) => text.startsWith(prefix));
  const compiled = compile(regex);
  return (text) => compiled.test(text);
};

/**
 * The real server's expressions are .NET's. RE2's take time linear in the text, whatever a client sends, and are .NET's but for what needs to
 * look back or ahead.
 */
const compile = (regex: string): RE2JS => {
  try {
    return RE2JS.compile(regex);
  } catch {
    throw badRequest('The filter is not a regular expression that can be matched in linear time: no look-around, no back-references.');
  }
};
