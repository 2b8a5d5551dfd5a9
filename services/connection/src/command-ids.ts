import { newCommandId } from '#event-store';
import { v7 } from 'uuid';

/** The ids of a command and of whatever it may make, chosen before it runs: running it again makes nothing twice. */
export interface CommandIds {
  readonly commandId: string;
  /** Of the connection it creates, if it creates one. */
  readonly connectionId: string;
  /** Of the secret it seals, if it seals one. */
  readonly secretId: string;
}

/** For a command that will not be asked for again. */
export function newCommandIds(): CommandIds {
  return { commandId: newCommandId(), connectionId: v7(), secretId: v7() };
}
