import type { Actor, EventContext } from '#events';

/** Who asks, and how far they reach in the workspace. Whether they may ask at all was settled at the edge. */
export interface Asker {
  readonly workspaceId: string;
  /** An opaque id: the one that owns what it creates. */
  readonly subject: string;
  readonly actor: Actor;
  /** `own`: only connections that the subject owns. */
  readonly reach: 'all' | 'own';
}

/** Somebody who asks for a change. */
export interface Commander extends Asker {
  readonly commandId: string;
  readonly correlationId: string;
  /** May give a connection to another owner, and remove one that is in use. */
  readonly oversees: boolean;
}

/** Somebody who asks a question. */
export interface Inquirer extends Asker {
  /** What the read model must have seen before it answers; undefined: whatever it has. */
  readonly minPosition?: bigint | undefined;
}

/** What events say about who caused them. The request is both what they belong to and what led to them. */
export function contextOf({ commandId, correlationId, workspaceId, actor }: Commander): EventContext {
  return { commandId, correlationId, causationId: correlationId, workspaceId, actor };
}
