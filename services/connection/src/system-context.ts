import type { EventContext } from '#events';

/** What a process does of itself: nobody asked. What it does when it starts belongs to no workspace. */
export function systemContext(commandId: string, workspaceId: string | null = null): EventContext {
  return { commandId, correlationId: commandId, causationId: commandId, workspaceId, actor: { kind: 'system', id: 'connection' } };
}
