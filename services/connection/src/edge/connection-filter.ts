import { connectionStatuses } from '#events';
import { connectionSorts, type ConnectionSort, type ListConnections } from '#read-models';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';

/** 1 to 200. */
export const pageSizePattern = /^(?:[1-9]\d?|1\d\d|200)$/;
export const pageSizeMessage = 'limit is a whole number from 1 to 200';

/** The query string of a list of connections. */
export class ConnectionFilter {
  @ApiPropertyOptional({ enum: connectionStatuses, isArray: true, description: 'One of these statuses; may be given several times.' })
  @IsIn(connectionStatuses, { each: true })
  @IsOptional()
  status?: string | string[];

  @ApiPropertyOptional({ description: 'The key of the connector.', example: 'http' })
  @MaxLength(63)
  @IsString()
  @IsOptional()
  connector?: string;

  @ApiPropertyOptional({ description: 'The key of a category of its connector.', example: 'generic' })
  @MaxLength(63)
  @IsString()
  @IsOptional()
  category?: string;

  @ApiPropertyOptional({ description: 'Bears this label: key, or key:value.', example: 'team:payments' })
  @MaxLength(320)
  @IsString()
  @IsOptional()
  label?: string;

  @ApiPropertyOptional({ description: 'Part of the name, the service URL or the account.', example: 'orders' })
  @MaxLength(200)
  @IsString()
  @IsOptional()
  q?: string;

  @ApiPropertyOptional({
    description:
      'The whole name, whatever the case. A name that a connection had before finds it too, with its present one in `renamedTo`, until another connection takes that name.',
    example: 'Orders - production',
  })
  @MaxLength(200)
  @IsString()
  @IsOptional()
  name?: string;

  @ApiPropertyOptional({ enum: connectionSorts, description: 'By name unless told; with a hyphen the other way round.' })
  @IsIn(connectionSorts)
  @IsOptional()
  sort?: ConnectionSort;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 200, default: 50 })
  @Matches(pageSizePattern, { message: pageSizeMessage })
  @IsOptional()
  limit?: string;

  @ApiPropertyOptional({ description: 'What nextCursor said, with the same filter and order.' })
  @MaxLength(2048)
  @IsString()
  @IsOptional()
  cursor?: string;
}

export function listAsked({ status, label, limit, ...asked }: ConnectionFilter): ListConnections {
  return {
    ...asked,
    ...(status !== undefined && { status: [status].flat() }),
    ...(label !== undefined && { label: labelAsked(label) }),
    ...(limit !== undefined && { limit: Number(limit) }),
  };
}

function labelAsked(label: string): NonNullable<ListConnections['label']> {
  const colon = label.indexOf(':');
  return colon === -1 ? { key: label } : { key: label.slice(0, colon), value: label.slice(colon + 1) };
}
