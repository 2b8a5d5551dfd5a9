import { Controller, Get, Header, Inject, NotFoundException, Param } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { answers, grpcCodes, type Answer } from './answers';
import { escapeHtml, page } from './page';
import { IsOperation } from './permissions';

/** The base of every URL that Patchbay hands out. */
export const publicUrlToken = Symbol('the public URL');

const html = (): MethodDecorator => Header('content-type', 'text/html; charset=utf-8');

/** Pages for people, which ask for no token. */
@ApiExcludeController()
@Controller()
export class PagesHttp {
  constructor(@Inject(publicUrlToken) private readonly publicUrl: string) {}

  @Get()
  @html()
  @IsOperation('ShowFirstSteps')
  firstSteps(): string {
    return firstStepsPage(this.publicUrl);
  }

  @Get('problems/:reason')
  @html()
  @IsOperation('ShowProblem')
  problem(@Param('reason') reason: string): string {
    const answer = Object.hasOwn(answers, reason) ? answers[reason as keyof typeof answers] : undefined;
    if (!answer) throw new NotFoundException();
    return problemPage(reason, answer);
  }
}

function firstStepsPage(publicUrl: string): string {
  const url = escapeHtml(publicUrl);
  return page(
    'First steps',
    `<h1>Patchbay</h1>
<p>Patchbay keeps your workspace’s connections to other services: the credential sealed, verified when it is saved, and every change on record.</p>
<h2>First steps</h2>
<p>Get a token (on a machine that runs <code>npm start</code>):</p>
<pre>TOKEN=$(npm run --silent token -- --workspace acme --role admin)</pre>
<p>See what can be connected:</p>
<pre>curl -H "Authorization: Bearer $TOKEN" ${url}/v1/connectors</pre>
<p>Connect a service that takes an API key in a header:</p>
<pre>curl -X POST ${url}/v1/workspaces/acme/connections \\
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"connector": "http", "authType": "api_key", "serviceUrl": "https://orders.example.com",
       "settings": {"apiKeyName": "X-Api-Key", "verificationPath": "/whoami"},
       "credentials": {"apiKey": "…"}}'</pre>
<p>The answer’s <code>status</code> says whether the service accepted the key. Then list what the workspace has:</p>
<pre>curl -H "Authorization: Bearer $TOKEN" ${url}/v1/workspaces/acme/connections</pre>
<p><a href="docs">All operations</a> · <a href="openapi.json">OpenAPI 3.1</a> · <a href="readyz">Readiness</a></p>`,
  );
}

function problemPage(reason: string, { title, cure, http, grpc }: Answer): string {
  const statuses = typeof http === 'number' ? [http] : [http({ conditional: false }), http({ conditional: true })];
  return page(
    reason,
    `<h1>${escapeHtml(reason)}</h1>
<p>${escapeHtml(title)}.</p>
<h2>What to do</h2>
<p>${escapeHtml(cure)}</p>
<p>HTTP ${[...new Set(statuses)].join(' or ')} · gRPC ${grpc} (${grpcCodes[grpc]})</p>
<p><a href="../docs">All operations</a></p>`,
  );
}
