import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { schemas } from './schemas';

const description = `Keeps a workspace's connections to other services: verified when saved, sealed at rest, every change on record.

Errors are problem documents (RFC 9457) with a stable \`reason\`. Times are RFC 3339. Answers to commands carry \`Patchbay-Position\`;
a query with that value as \`Patchbay-Min-Position\` has seen the change.`;

/** The OpenAPI 3.1 document of what is served. */
export function openApiOf(app: INestApplication, publicUrl: string): OpenAPIObject {
  const about = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Patchbay')
    .setDescription(description)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer(publicUrl)
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'An access token for the audience patchbay (RFC 9068).',
    })
    .build();
  const document = SwaggerModule.createDocument(app, about);
  return { ...document, components: { ...document.components, schemas: { ...document.components?.schemas, ...jsonSchemas() } } };
}

/** Serves `/openapi.json`, and pages made from it at `/docs`: all of it from here, nothing from elsewhere. */
export function serveOpenApi(app: INestApplication, document: OpenAPIObject): void {
  SwaggerModule.setup('docs', app, document, { jsonDocumentUrl: 'openapi.json', raw: ['json'], customSiteTitle: 'Patchbay' });
}

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** OpenAPI 3.1 takes JSON Schema 2020-12 as it is. */
function jsonSchemas(): Schemas {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const { $schema: _, ...plain } = z.toJSONSchema(schema, { target: 'draft-2020-12' });
      return [name, plain];
    }),
  ) as Schemas;
}
