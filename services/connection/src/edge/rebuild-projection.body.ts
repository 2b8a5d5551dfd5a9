import type { RebuildKind } from '#read-models';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';

const kinds = ['rebuild', 'roll-back'] as const satisfies readonly RebuildKind[];

export class RebuildProjectionBody {
  @ApiPropertyOptional({
    enum: kinds,
    description: 'rebuild unless told. roll-back shows again what was shown before, once it is brought up to date.',
  })
  @IsIn(kinds)
  @IsOptional()
  kind?: RebuildKind | null;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, description: 'For a rebuild: the version that is shown unless told.', example: 2 })
  @Min(1)
  @Max(2 ** 31 - 1)
  @IsInt()
  @IsOptional()
  version?: number | null;
}
