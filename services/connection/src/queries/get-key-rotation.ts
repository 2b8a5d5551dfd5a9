import { Refused } from '#domain';
import { KeyRotations } from '#vault';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { validate } from 'uuid';
import { shownKeyRotation, type ShownKeyRotation } from '../shown-key-rotation';

export class GetKeyRotation extends Query<ShownKeyRotation> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(GetKeyRotation)
export class GetKeyRotationHandler implements IQueryHandler<GetKeyRotation> {
  constructor(private readonly rotations: KeyRotations) {}

  /** @throws Refused KeyRotationDoesNotExist */
  async execute({ id }: GetKeyRotation): Promise<ShownKeyRotation> {
    const rotation = validate(id) ? await this.rotations.find(id) : null;
    if (rotation === null) throw new Refused('KeyRotationDoesNotExist');
    return shownKeyRotation(rotation, await this.rotations.left(rotation));
  }
}
