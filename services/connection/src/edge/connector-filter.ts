import type { ListConnectors } from '#read-models';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';

/** The query string of a list of connectors. */
export class ConnectorFilter implements ListConnectors {
  @ApiPropertyOptional({ description: 'The key of a category.', example: 'generic' })
  @MaxLength(63)
  @IsString()
  @IsOptional()
  category?: string;

  @ApiPropertyOptional({ description: 'Part of the name or the key.', example: 'http' })
  @MaxLength(200)
  @IsString()
  @IsOptional()
  q?: string;
}
