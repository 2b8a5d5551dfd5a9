import { Body, Controller, Delete, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CancelRebuild } from '../commands/cancel-rebuild';
import { RebuildProjection } from '../commands/rebuild-projection';
import { GetRebuild } from '../queries/get-rebuild';
import { ListProjections } from '../queries/list-projections';
import type { ShownProjection, ShownRebuild } from '../shown-rebuild';
import type { CommandIds } from '../command-ids';
import { Ids, SubjectWhoAsks } from './asked-by';
import { Dispatch } from './dispatch';
import { Operates } from './operates';
import { rebuildId } from './rebuild-id';
import { RebuildProjectionBody } from './rebuild-projection.body';
import { wellFormedBody } from './well-formed';

@ApiTags('Operations')
@Controller('v1/admin/projections')
export class ProjectionsHttp {
  constructor(private readonly dispatch: Dispatch) {}

  @Get()
  @Operates('ListProjections', {
    summary: 'List the projections',
    description: 'What readers see of each, what is kept for a roll-back, and the last rebuild.',
    answer: 'ProjectionList',
    refusals: ['ReadModelIsBehind'],
  })
  async list(): Promise<{ readonly items: readonly ShownProjection[]; readonly nextCursor: null }> {
    return { items: await this.dispatch.query(new ListProjections()), nextCursor: null };
  }

  @Post(':name/rebuilds')
  @HttpCode(202)
  @Operates('RebuildProjection', {
    summary: 'Rebuild a projection, or roll it back',
    description:
      'The log is read into tables beside those that are shown, which readers notice nothing of; once they have caught up they are shown, in one moment. What was shown before is kept until the next rebuild: `roll-back` brings it up to date and shows it again. A process of the projections that has the version takes it up, now or when there is one; what was begun outlives the process.',
    headers: ['Idempotency-Key'],
    status: 202,
    answer: 'Rebuild',
    refusals: ['ProjectionDoesNotExist', 'ProjectionIsBeingRebuilt', 'NoEarlierTablesAreKept', 'ReadModelIsBehind'],
  })
  async rebuild(
    @SubjectWhoAsks() askedBy: string,
    @Ids() { commandId: id }: CommandIds,
    @Param('name') projection: string,
    @Body(wellFormedBody) { kind, version }: RebuildProjectionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownRebuild> {
    const asked = { projection, kind: kind ?? 'rebuild', version: version ?? undefined, askedBy, id };
    const rebuild = await this.dispatch.command(new RebuildProjection(asked));
    void reply.header('location', `/v1/admin/projections/${rebuild.projection}/rebuilds/${rebuild.id}`);
    return rebuild;
  }

  @Get(':name/rebuilds/:id')
  @Operates('GetRebuild', {
    summary: 'See how far a rebuild is',
    answer: 'Rebuild',
    refusals: ['RebuildDoesNotExist', 'ReadModelIsBehind'],
  })
  get(@Param('name') projection: string, @Param('id', rebuildId) id: string): Promise<ShownRebuild> {
    return this.dispatch.query(new GetRebuild(projection, id));
  }

  @Delete(':name/rebuilds/:id')
  @Operates('CancelRebuild', {
    summary: 'Cancel a rebuild',
    description: 'What readers see stays as it is; nothing of the rebuild is kept.',
    headers: ['Idempotency-Key'],
    answer: 'Rebuild',
    refusals: ['RebuildDoesNotExist', 'RebuildHasEnded', 'ReadModelIsBehind'],
  })
  cancel(@Param('name') projection: string, @Param('id', rebuildId) id: string): Promise<ShownRebuild> {
    return this.dispatch.command(new CancelRebuild(projection, id));
  }
}
