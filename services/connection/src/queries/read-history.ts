import { ConnectionStreams } from '#custody';
import { CursorDoesNotFit } from '#read-models';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Inquirer } from '../asker';
import { isRoutine, shownEvent, type ShownEvent } from '../shown-event';
import { withinReach } from '../within-reach';

export interface HistoryAsked {
  /** Names of events; empty: all. */
  readonly types: readonly string[];
  /** Shows what happens by itself, too. */
  readonly everything: boolean;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface History {
  /** Newest first. */
  readonly items: readonly ShownEvent[];
  readonly nextCursor: string | null;
}

export class ReadHistory extends Query<History> {
  constructor(
    readonly inquirer: Inquirer,
    readonly connectionId: string,
    readonly asked: HistoryAsked,
  ) {
    super();
  }
}

@QueryHandler(ReadHistory)
export class ReadHistoryHandler implements IQueryHandler<ReadHistory> {
  constructor(private readonly connections: ConnectionStreams) {}

  /**
   * From the log itself, so it is never behind it.
   * @throws Refused ConnectionDoesNotExist, PermissionIsMissing
   * @throws CursorDoesNotFit
   */
  async execute({ inquirer, connectionId, asked }: ReadHistory): Promise<History> {
    const { state, revision } = await this.connections.load(connectionId);
    withinReach(state, inquirer);
    const newest = asked.cursor === undefined ? revision : revisionIn(asked.cursor, asked);
    const items: ShownEvent[] = [];
    for await (const stored of this.connections.history(connectionId, { direction: 'backwards', from: newest })) {
      const event = shownEvent(stored);
      if (!fits(event, asked)) continue;
      if (items.length === asked.limit) return { items, nextCursor: cursorAt(event.revision, asked) };
      items.push(event);
    }
    return { items, nextCursor: null };
  }
}

function fits(event: ShownEvent, { types, everything }: HistoryAsked): boolean {
  return (types.length === 0 || types.includes(event.type)) && (everything || !isRoutine(event));
}

/** The revision to go on from, and what was asked for: a place in one history is none in another. */
function cursorAt(revision: number, { types, everything }: HistoryAsked): string {
  return Buffer.from(JSON.stringify([revision, everything, ...types])).toString('base64url');
}

function revisionIn(cursor: string, asked: HistoryAsked): number {
  const [revision] = Buffer.from(cursor, 'base64url').toString().match(/\d+/) ?? [];
  if (!Number.isSafeInteger(Number(revision)) || cursorAt(Number(revision), asked) !== cursor) throw new CursorDoesNotFit();
  return Number(revision);
}
