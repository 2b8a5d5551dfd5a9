import { ApiProperty } from '@nestjs/swagger';
import { IsDefined, IsString } from 'class-validator';

export class EditConnectionBody {
  @ApiProperty({ description: '1 to 120 characters, unique in the workspace whatever the case.', example: 'Orders - production' })
  @IsString()
  @IsDefined()
  name!: string;
}
