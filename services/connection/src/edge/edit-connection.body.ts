import { environments, type Environment } from '#events';
import { Secret } from '#secret';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsObject, IsOptional, IsString, Matches, ValidateIf } from 'class-validator';
import type { EnteredEdit } from '../entered-edit';

const object = { type: 'object', additionalProperties: true } as const;

/** May be left out, and is not null: there is nothing to take away. */
const Stays = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** A JSON Merge Patch (RFC 7396): what is left out stays, null takes away. */
export class EditConnectionBody {
  @ApiPropertyOptional({ description: '1 to 120 characters, unique in the workspace whatever the case.', example: 'Orders - production' })
  @IsString()
  @Stays()
  name?: string;

  @ApiPropertyOptional({
    description: 'Within its origin (scheme, host and port) the credentials in use are verified with it; another origin needs credentials.',
    example: 'https://orders.example.com/v2',
  })
  @IsString()
  @IsOptional()
  serviceUrl?: string | null;

  @ApiPropertyOptional({
    ...object,
    description: 'Merged into the settings: those that are not named stay, null takes one away or back to its default.',
    example: { verificationPath: '/v2/whoami', extraHeaders: null },
  })
  @IsObject()
  @IsOptional()
  settings?: Record<string, unknown> | null;

  @ApiPropertyOptional({ enum: environments, description: 'null takes the label away.' })
  @IsIn(environments)
  @IsOptional()
  environment?: Environment | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Merged into the labels: those that are not named stay, null takes one away.',
    example: { team: 'payments', stage: null },
  })
  @IsObject()
  @IsOptional()
  labels?: Record<string, unknown> | null;

  @ApiPropertyOptional({ description: 'The opaque id of a subject. For admins.', example: 'grace' })
  @Matches(/^[\x21-\x7e]{1,255}$/, { message: 'owner has 1 to 255 visible ASCII characters' })
  @IsString()
  @Stays()
  owner?: string;

  @ApiPropertyOptional({
    ...object,
    description:
      'All of new credentials, as on creation. Where the edit changes how the service is called, the service must take them, or nothing is changed.',
    example: { apiKey: 'k_81d2e7' },
    writeOnly: true,
  })
  @IsObject()
  @Stays()
  credentials?: Record<string, unknown>;

  @ApiPropertyOptional({ description: 'Takes another account at the service than before.' })
  @IsBoolean()
  @IsOptional()
  allowAccountChange?: boolean | null;

  @ApiPropertyOptional({ description: 'Keeps an environment that what is entered does not belong to.' })
  @IsBoolean()
  @IsOptional()
  allowEnvironmentMismatch?: boolean | null;
}

/** From here on no log line can show what is secret, whatever it prints. */
export function editIn({ credentials, allowAccountChange, allowEnvironmentMismatch, ...edit }: EditConnectionBody): EnteredEdit {
  return {
    ...edit,
    credentials: credentials && Secret.of(JSON.stringify(credentials)),
    allowAccountChange: allowAccountChange ?? false,
    allowEnvironmentMismatch: allowEnvironmentMismatch ?? false,
  };
}
