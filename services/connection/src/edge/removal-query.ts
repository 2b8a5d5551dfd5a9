import { removalReasons, type RemovalReason } from '#events';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';

/** `abandoned` is said by Patchbay itself, of a consent that was never completed. */
const reasons = removalReasons.filter((reason) => reason !== 'abandoned');

/** The query string of a removal. */
export class RemovalQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'], description: 'Removes it although workflows use it: for admins.' })
  @IsIn(['true', 'false'])
  @IsOptional()
  force?: 'true' | 'false';

  @ApiPropertyOptional({ enum: reasons, description: 'A code: what people write does not enter the log.' })
  @IsIn(reasons)
  @IsOptional()
  reason?: Exclude<RemovalReason, 'abandoned'>;
}
