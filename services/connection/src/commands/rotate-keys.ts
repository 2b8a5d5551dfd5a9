import { KeyRotations, type KeyRotationAsked } from '#vault';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { shownKeyRotation, type ShownKeyRotation } from '../shown-key-rotation';

/** Asks for new keys. The process that works on what is due takes it up; what becomes of each key is in the stream `keys`. */
export class RotateKeys extends Command<ShownKeyRotation> {
  constructor(readonly asked: Omit<KeyRotationAsked, 'reason'>) {
    super();
  }
}

@CommandHandler(RotateKeys)
export class RotateKeysHandler implements ICommandHandler<RotateKeys> {
  constructor(private readonly rotations: KeyRotations) {}

  async execute({ asked }: RotateKeys): Promise<ShownKeyRotation> {
    const rotation = await this.rotations.ask({ ...asked, reason: 'asked' });
    return shownKeyRotation(rotation, await this.rotations.left(rotation));
  }
}
