import { v5, v7 } from 'uuid';

/** The namespace (RFC 9562) of every command id that is made from an idempotency key. Never changes: ids in the log come from it. */
const commandNamespace = '6e392845-bb84-41ce-8f2f-3dfc36e564bf';

/** What makes two requests the same command: who asked, for which workspace, for what, under which `Idempotency-Key`. */
export type CommandKey = readonly [workspace: string, principal: string, operation: string, idempotencyKey: string];

/** The same key gives the same command id, in every process and for ever. */
export function commandIdOf(key: CommandKey): string {
  return v5(JSON.stringify(key), commandNamespace);
}

/** For a command that came without an idempotency key: unique, and ordered by time (uuid v7). */
export function newCommandId(): string {
  return v7();
}

/** `index` counts from 0 in the append. The same command makes the same event ids again, by which the store knows a repeated append. */
export function eventIdOf(commandId: string, stream: string, index: number): string {
  return v5(JSON.stringify([stream, index]), commandId);
}
