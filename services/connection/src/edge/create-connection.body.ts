import { authTypes, environments, type Environment } from '#events';
import { Secret } from '#secret';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsDefined, IsIn, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import type { EnteredConnection } from '../entered-connection';

const object = { type: 'object', additionalProperties: true } as const;

export class CreateConnectionBody {
  @ApiProperty({ description: 'The key of the connector.', example: 'http' })
  @MaxLength(63)
  @IsString()
  @IsDefined()
  connector!: string;

  @ApiPropertyOptional({
    description: '1 to 120 characters, unique in the workspace whatever the case. Without it the connection is named after its connector.',
    example: 'Orders - production',
  })
  @IsString()
  @IsOptional()
  name?: string | null;

  @ApiPropertyOptional({
    description: 'How it authenticates; may be left out where the connector offers one way only.',
    enum: authTypes,
    example: 'api_key',
  })
  @IsString()
  @IsOptional()
  authType?: string | null;

  @ApiPropertyOptional({
    description: 'The address that all requests of the connection begin with.',
    example: 'https://orders.example.com',
  })
  @IsString()
  @IsOptional()
  serviceUrl?: string | null;

  @ApiPropertyOptional({
    ...object,
    description: 'What is not secret, by the names that the connector’s fields have.',
    example: { apiKeyIn: 'header', apiKeyName: 'X-Api-Key', verificationPath: '/whoami', accountIdPath: 'id', accountLabelPath: 'name' },
  })
  @IsObject()
  @IsOptional()
  settings?: Record<string, unknown> | null;

  @ApiPropertyOptional({
    ...object,
    description:
      'What is secret, by the names that the connector’s fields have, and when it expires (expiresAt, RFC 3339) if it does. Never answered again.',
    example: { apiKey: 'k_3f9a0c' },
    writeOnly: true,
  })
  @IsObject()
  @IsOptional()
  credentials?: Record<string, unknown> | null;

  @ApiPropertyOptional({ description: 'Told from what is entered where the connector can.', enum: environments })
  @IsIn(environments)
  @IsOptional()
  environment?: Environment | null;

  @ApiPropertyOptional({ description: 'Keeps an environment that what is entered does not belong to.' })
  @IsBoolean()
  @IsOptional()
  allowEnvironmentMismatch?: boolean | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'At most 32.',
    example: { team: 'payments' },
  })
  @IsObject()
  @IsOptional()
  labels?: Record<string, unknown> | null;

  @ApiPropertyOptional({ description: 'Everybody in the workspace sees its connections.', enum: ['workspace'] })
  @IsString()
  @IsOptional()
  visibility?: string | null;

  @ApiPropertyOptional({ description: 'Asks the service, stores nothing and answers what the status would be.' })
  @IsBoolean()
  @IsOptional()
  dryRun?: boolean | null;
}

/** Null and left out are the same. From here on no log line can show what is secret, whatever it prints. */
export function enteredIn(body: CreateConnectionBody): EnteredConnection {
  return {
    connector: body.connector,
    name: body.name ?? undefined,
    authType: body.authType ?? undefined,
    serviceUrl: body.serviceUrl ?? undefined,
    settings: body.settings ?? {},
    credentials: Secret.of(JSON.stringify(body.credentials ?? {})),
    environment: body.environment ?? undefined,
    allowEnvironmentMismatch: body.allowEnvironmentMismatch ?? false,
    labels: body.labels ?? {},
    visibility: body.visibility ?? undefined,
  };
}
