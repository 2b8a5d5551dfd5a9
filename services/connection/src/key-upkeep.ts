import { KeyHappenings, KeyRotations, type KeyRotator } from '#vault';
import type { KeysStream } from './streams';
import { systemContext } from './system-context';

export interface KeyUpkeepParts {
  readonly rotations: KeyRotations;
  readonly rotator: KeyRotator;
  readonly happenings: KeyHappenings;
  readonly stream: KeysStream;
  readonly clock: () => Date;
}

const toldAtOnce = 200;

/** Changes the vault's keys where that was asked for or is due, and puts on record what became of them. One process is at it. */
export class KeyUpkeep {
  constructor(private readonly parts: KeyUpkeepParts) {}

  /** One rotation after the other, until none waits. */
  async rotate(mine: AbortSignal): Promise<void> {
    const { rotations, rotator, clock } = this.parts;
    await rotations.askForWorn(clock());
    for (let next = await rotations.next(); next !== null; next = await rotations.next()) await rotator.finish(next, mine);
  }

  /** A process that dies between the append and the note tells the same again, with the same command: the log has it once. */
  async tell(mine: AbortSignal): Promise<void> {
    const { happenings, stream } = this.parts;
    for (const { id, commandId, happened } of await happenings.untold(toldAtOnce)) {
      mine.throwIfAborted();
      await stream.execute('keys', systemContext(commandId, happened.data.workspaceId), () => [{ type: 'RecordKey', happened }]);
      await happenings.told(id);
    }
  }

  /** How much the key that wrapped most has used of what a key may do, from 0 to 1. */
  mostWorn(): Promise<number> {
    return this.parts.rotations.mostWorn();
  }
}
