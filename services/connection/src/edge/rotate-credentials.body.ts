import { Secret } from '#secret';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsDefined, IsObject, IsOptional } from 'class-validator';
import type { EnteredRotation } from '../entered-rotation';

export class RotateCredentialsBody {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description:
      'All of the new credentials, by the names that the connector’s fields have, and when they expire (expiresAt, RFC 3339) if they do. Never answered again.',
    example: { apiKey: 'k_81d2e7' },
    writeOnly: true,
  })
  @IsObject()
  @IsDefined()
  credentials!: Record<string, unknown>;

  @ApiPropertyOptional({ description: 'Takes credentials of another account at the service than before.' })
  @IsBoolean()
  @IsOptional()
  allowAccountChange?: boolean | null;

  @ApiPropertyOptional({ description: 'Takes credentials that do not belong to the environment of the connection.' })
  @IsBoolean()
  @IsOptional()
  allowEnvironmentMismatch?: boolean | null;

  @ApiPropertyOptional({ description: 'Asks the service, stores nothing and answers what the status would be.' })
  @IsBoolean()
  @IsOptional()
  dryRun?: boolean | null;
}

/** From here on no log line can show what is secret, whatever it prints. */
export function rotationIn({ credentials, allowAccountChange, allowEnvironmentMismatch }: RotateCredentialsBody): EnteredRotation {
  return {
    credentials: Secret.of(JSON.stringify(credentials)),
    allowAccountChange: allowAccountChange ?? false,
    allowEnvironmentMismatch: allowEnvironmentMismatch ?? false,
  };
}
