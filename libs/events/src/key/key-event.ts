import { z } from 'zod';
import { EventType, type EventOf } from '../event-type';

/** `root` wraps the keys of workspaces, a workspace's wraps the keys of its secrets. */
export const keyLevels = ['root', 'workspace'] as const;

const of = { level: z.enum(keyLevels), workspaceId: z.string().nullable() };

/** From now on this key wraps. `rotationId` is null for a workspace's first key; a root key has no version. */
export const KeyActivated = EventType.named(
  'KeyActivated',
  z.object({ ...of, keyId: z.string(), version: z.int().positive().nullable(), rotationId: z.uuid().nullable() }),
);
export type KeyActivated = EventOf<typeof KeyActivated>;

/** Nothing hangs on the keys before it any more. `rows` are secrets, or keys where the root was changed; `reencrypt` sealed them anew. */
export const RewrapCompleted = EventType.named(
  'RewrapCompleted',
  z.object({ ...of, rotationId: z.uuid(), mode: z.enum(['rewrap', 'reencrypt']), rows: z.int().nonnegative() }),
);
export type RewrapCompleted = EventOf<typeof RewrapCompleted>;

/** A workspace's key is destroyed; a root key stays where it is for the backups that need it, and wraps nothing that is live. */
export const KeyRetired = EventType.named('KeyRetired', z.object({ ...of, keyId: z.string() }));
export type KeyRetired = EventOf<typeof KeyRetired>;

/** Everything that happens in the stream `keys`: ids only, nothing of a key. */
export type KeyEvent = KeyActivated | RewrapCompleted | KeyRetired;

export const keyEvents = { KeyActivated, RewrapCompleted, KeyRetired };
