import type { EventContext } from '#events';

/** What a process does of itself when it starts: nobody asked, and it belongs to no workspace. */
export function systemContext(commandId: string): EventContext {
  return { commandId, correlationId: commandId, causationId: commandId, workspaceId: null, actor: { kind: 'system', id: 'connection' } };
}
