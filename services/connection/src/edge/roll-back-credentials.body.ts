import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';

export class RollBackCredentialsBody {
  @ApiPropertyOptional({ description: 'Goes back to credentials of another account at the service.' })
  @IsBoolean()
  @IsOptional()
  allowAccountChange?: boolean | null;
}
