import { Database } from '#postgres';
import { askForRebuild, type AskedRebuild } from '#read-models';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { refusedRebuild } from '../refused-rebuild';
import { shownRebuild, type ShownRebuild } from '../shown-rebuild';

/** Asks for a rebuild, or for the way back. Nothing of it is in the log: read models are made of the log, and are no part of it. */
export class RebuildProjection extends Command<ShownRebuild> {
  constructor(readonly asked: AskedRebuild) {
    super();
  }
}

@CommandHandler(RebuildProjection)
export class RebuildProjectionHandler implements ICommandHandler<RebuildProjection> {
  constructor(private readonly database: Database) {}

  /** @throws Refused ProjectionDoesNotExist, ProjectionIsBeingRebuilt, NoEarlierTablesAreKept, ReadModelIsBehind */
  async execute({ asked }: RebuildProjection): Promise<ShownRebuild> {
    return shownRebuild(await askForRebuild(this.database, asked).catch(refusedRebuild));
  }
}
