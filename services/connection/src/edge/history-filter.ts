import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import type { HistoryAsked } from '../queries/read-history';
import { pageSizeMessage, pageSizePattern } from './connection-filter';

/** The query string of a history. */
export class HistoryFilter {
  @ApiPropertyOptional({ description: 'Names of events, separated by commas.', example: 'ConnectionVerified,VerificationFailed' })
  @Matches(/^[A-Za-z]+(?:,[A-Za-z]+)*$/, { message: 'types are names of events, separated by commas' })
  @MaxLength(1024)
  @IsString()
  @IsOptional()
  types?: string;

  @ApiPropertyOptional({ enum: ['all'], description: 'Shows refreshes and checks on a schedule, too.' })
  @IsIn(['all'])
  @IsOptional()
  detail?: 'all';

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 200, default: 50 })
  @Matches(pageSizePattern, { message: pageSizeMessage })
  @IsOptional()
  limit?: string;

  @ApiPropertyOptional({ description: 'What nextCursor said, with the same filter.' })
  @MaxLength(2048)
  @IsString()
  @IsOptional()
  cursor?: string;
}

export function historyAsked({ types, detail, limit, cursor }: HistoryFilter): HistoryAsked {
  return { types: types?.split(',') ?? [], everything: detail === 'all', limit: Number(limit ?? 50), cursor };
}
