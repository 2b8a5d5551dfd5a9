import { disablingReasons, type DisablingReason } from '#events';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';

export class DisableConnectionBody {
  @ApiPropertyOptional({ enum: disablingReasons, description: 'A code: what people write does not enter the log.' })
  @IsIn(disablingReasons)
  @IsOptional()
  reason?: DisablingReason | null;
}
