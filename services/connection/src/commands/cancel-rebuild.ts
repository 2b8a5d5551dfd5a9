import { Database } from '#postgres';
import { cancelRebuild } from '#read-models';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { refusedRebuild } from '../refused-rebuild';
import { shownRebuild, type ShownRebuild } from '../shown-rebuild';

/** Ends a rebuild that is not done: what readers see stays as it is. */
export class CancelRebuild extends Command<ShownRebuild> {
  constructor(
    readonly projection: string,
    readonly id: string,
  ) {
    super();
  }
}

@CommandHandler(CancelRebuild)
export class CancelRebuildHandler implements ICommandHandler<CancelRebuild> {
  constructor(private readonly database: Database) {}

  /** @throws Refused RebuildDoesNotExist, RebuildHasEnded, ReadModelIsBehind */
  async execute({ projection, id }: CancelRebuild): Promise<ShownRebuild> {
    return shownRebuild(await cancelRebuild(this.database, projection, id).catch(refusedRebuild));
  }
}
