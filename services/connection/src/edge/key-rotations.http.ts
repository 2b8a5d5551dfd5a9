import { Refused } from '#domain';
import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RotateKeys } from '../commands/rotate-keys';
import { GetKeyRotation } from '../queries/get-key-rotation';
import type { ShownKeyRotation } from '../shown-key-rotation';
import type { CommandIds } from '../command-ids';
import { Ids, SubjectWhoAsks } from './asked-by';
import { Dispatch } from './dispatch';
import { Operates } from './operates';
import { RotateKeysBody } from './rotate-keys.body';
import { wellFormedBody } from './well-formed';

@ApiTags('Operations')
@Controller('v1/admin/key-rotations')
export class KeyRotationsHttp {
  constructor(private readonly dispatch: Dispatch) {}

  @Post()
  @HttpCode(202)
  @Operates('RotateKeys', {
    summary: 'Change keys of the vault',
    description:
      'From the moment it begins, new keys wrap; what hangs on former ones is moved while everything goes on, and a former key of a workspace is destroyed once no row is left on it. It outlives the process that is at it.',
    headers: ['Idempotency-Key'],
    status: 202,
    answer: 'KeyRotation',
    refusals: [],
  })
  async rotate(
    @SubjectWhoAsks() askedBy: string,
    @Ids() { commandId: rotationId }: CommandIds,
    @Body(wellFormedBody) body: RotateKeysBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownKeyRotation> {
    const rotation = await this.dispatch.command(new RotateKeys({ ...askedIn(body), askedBy, rotationId }));
    void reply.header('location', `/v1/admin/key-rotations/${rotation.id}`);
    return rotation;
  }

  @Get(':id')
  @Operates('GetKeyRotation', {
    summary: 'See how far a change of keys is',
    answer: 'KeyRotation',
    refusals: ['KeyRotationDoesNotExist'],
  })
  get(@Param('id') id: string): Promise<ShownKeyRotation> {
    return this.dispatch.query(new GetKeyRotation(id));
  }
}

/** @throws Refused BodyIsMalformed */
function askedIn({ level, workspaceId, mode }: RotateKeysBody): Omit<RotateKeys['asked'], 'askedBy' | 'rotationId'> {
  const asked = { level: level ?? 'workspace', workspaceId: workspaceId ?? null, mode: mode ?? 'rewrap' };
  if (asked.level === 'root' && asked.workspaceId !== null) throw refusedAt('/workspaceId', 'The root key is of no workspace.');
  if (asked.level === 'root' && asked.mode === 'reencrypt') throw refusedAt('/mode', 'The root key encrypts no secret.');
  return asked;
}

function refusedAt(pointer: string, message: string): Refused {
  return new Refused('BodyIsMalformed', {}, [{ pointer, reason: 'does_not_fit', message }]);
}
