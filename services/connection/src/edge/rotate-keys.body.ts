import type { RotationMode } from '#vault';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { workspaceIdPattern } from './principal';

const levels = ['root', 'workspace'] as const;
const modes = ['rewrap', 'reencrypt'] as const satisfies readonly RotationMode[];

export class RotateKeysBody {
  @ApiPropertyOptional({ enum: levels, description: 'workspace unless told. root: the key that wraps the keys of all workspaces.' })
  @IsIn(levels)
  @IsOptional()
  level?: (typeof levels)[number] | null;

  @ApiPropertyOptional({ description: 'Only this workspace’s keys; all workspaces’ unless told. Not for the root.', example: 'acme' })
  @Matches(workspaceIdPattern)
  @IsOptional()
  workspaceId?: string | null;

  @ApiPropertyOptional({
    enum: modes,
    description: 'rewrap unless told. reencrypt: when a key may have been seen by others, encrypt each secret anew. Not for the root.',
  })
  @IsIn(modes)
  @IsOptional()
  mode?: RotationMode | null;
}
