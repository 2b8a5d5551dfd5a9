import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Commander, Inquirer } from '../asker';
import { CreateConnection } from '../commands/create-connection';
import { DisableConnection } from '../commands/disable-connection';
import { EditConnection } from '../commands/edit-connection';
import { EnableConnection } from '../commands/enable-connection';
import { RemoveConnection } from '../commands/remove-connection';
import { RollBackCredentials } from '../commands/roll-back-credentials';
import { RotateCredentials } from '../commands/rotate-credentials';
import { TryConnection } from '../commands/try-connection';
import { TryCredentials } from '../commands/try-credentials';
import { VerifyConnection } from '../commands/verify-connection';
import type { RotationAnswer } from '../candidates';
import type { CommandIds } from '../command-ids';
import type { CommandAnswer, ConnectionAnswer } from '../connection-answers';
import type { ExpectedRevisions } from '../expected-revisions';
import { GetConnection } from '../queries/get-connection';
import { ListConnections, type ConnectionList } from '../queries/list-connections';
import { ReadHistory, type History } from '../queries/read-history';
import type { ShownConnection } from '../shown-connection';
import type { Trial } from '../trial';
import { AskedBy, Ids, IfMatch, InquiredBy } from './asked-by';
import { ConnectionFilter, listAsked } from './connection-filter';
import { connectionId } from './connection-id';
import { CreateConnectionBody, enteredIn } from './create-connection.body';
import { DisableConnectionBody } from './disable-connection.body';
import { Dispatch } from './dispatch';
import { EditConnectionBody, editIn } from './edit-connection.body';
import { historyAsked, HistoryFilter } from './history-filter';
import { Operates } from './operates';
import { RemovalQuery } from './removal-query';
import { RollBackCredentialsBody } from './roll-back-credentials.body';
import { RotateCredentialsBody, rotationIn } from './rotate-credentials.body';
import { wellFormedBody, wellFormedQuery } from './well-formed';

const waits = {
  status: 202,
  description: 'The service could not be asked: the new credentials wait as `candidate`, and those before them stay in use until then.',
  answer: 'Connection',
} as const;

const rotationRefusals = [
  'ConnectionDoesNotExist',
  'ConnectionIsRemoved',
  'ConnectionIsDisabled',
  'ConnectionIsPending',
  'ConnectorIsNotAvailable',
  'AuthTypeIsNotOffered',
  'FieldsAreInvalid',
  'EnvironmentDoesNotMatch',
  'CredentialsWereRefused',
  'AddressIsNotAllowed',
  'AccountIsDifferent',
  'ConnectionChangedMeanwhile',
  'LogIsUnavailable',
  'VaultIsSealed',
] as const;

@ApiTags('Connections')
@Controller('v1/workspaces/:ws/connections')
export class ConnectionsHttp {
  constructor(private readonly dispatch: Dispatch) {}

  @Post()
  @Operates('CreateConnection', {
    summary: 'Keep and verify a connection',
    description:
      '201 says that the connection is kept; its `status` says whether it works. It is kept also when the service refuses or cannot be reached, so that what was typed is not lost. With `dryRun` nothing is kept.',
    headers: ['Idempotency-Key'],
    status: 201,
    answer: 'Connection',
    otherwise: { status: 200, description: 'With `dryRun`: what the status would be.', answer: 'Trial' },
    refusals: [
      'ConnectorDoesNotExist',
      'ConnectorIsRetired',
      'NameIsTaken',
      'AuthTypeIsAmbiguous',
      'AuthTypeIsNotOffered',
      'FieldsAreInvalid',
      'EnvironmentDoesNotMatch',
      'VisibilityIsNotSupported',
      'AddressIsNotAllowed',
      'LogIsUnavailable',
      'VaultIsSealed',
    ],
  })
  async create(
    @AskedBy() commander: Commander,
    @Ids() { connectionId, secretId }: CommandIds,
    @Body(wellFormedBody) body: CreateConnectionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownConnection | Trial> {
    if (body.dryRun) return tried(await this.dispatch.command(new TryConnection(commander, enteredIn(body))), reply);
    const answer = await this.dispatch.command(new CreateConnection(commander, connectionId, secretId, enteredIn(body)));
    void reply.header('location', `/v1/workspaces/${commander.workspaceId}/connections/${answer.connection.id}`);
    return changed(answer, reply);
  }

  @Get()
  @Operates('ListConnections', {
    summary: 'List the connections of a workspace',
    headers: ['Patchbay-Min-Position'],
    answer: 'ConnectionList',
    refusals: ['ReadModelIsBehind'],
  })
  list(@InquiredBy() inquirer: Inquirer, @Query(wellFormedQuery) filter: ConnectionFilter): Promise<ConnectionList> {
    return this.dispatch.query(new ListConnections(inquirer, listAsked(filter)));
  }

  @Get(':id')
  @Operates('GetConnection', {
    summary: 'Get a connection',
    headers: ['Patchbay-Min-Position'],
    answer: 'Connection',
    refusals: ['ConnectionDoesNotExist', 'ConnectionIsRemoved', 'ReadModelIsBehind'],
  })
  async get(
    @InquiredBy() inquirer: Inquirer,
    @Param('id', connectionId) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownConnection> {
    return shown(await this.dispatch.query(new GetConnection(inquirer, id)), reply);
  }

  @Patch(':id')
  @Operates('EditConnection', {
    summary: 'Edit a connection',
    description: `The body is a JSON Merge Patch (RFC 7396): what is left out stays, null takes away, and \`settings\` and \`labels\` are merged member by member. All of it happens, in one step, or nothing.

Service URL and settings are verified with the credentials in use, and kept with status \`error\` where the service refuses or cannot be reached, as on creation. The credentials only ever go to the origin they were entered for: an edit that moves it (scheme, host or port) needs new ones, and the service there must take them. Giving the connection to another owner is for admins and owners; for services with the scope \`connections:delete\`.`,
    headers: ['Idempotency-Key', 'If-Match'],
    answer: 'Connection',
    otherwise: waits,
    refusals: [
      'ConnectionDoesNotExist',
      'ConnectionIsRemoved',
      'ConnectionIsDisabled',
      'ConnectionIsPending',
      'ConnectorIsNotAvailable',
      'NameIsTaken',
      'FieldsAreInvalid',
      'EnvironmentDoesNotMatch',
      'CredentialsMustBeReentered',
      'CredentialsWereRefused',
      'AuthTypeIsNotOffered',
      'AddressIsNotAllowed',
      'AccountIsDifferent',
      'ConnectionChangedMeanwhile',
      'LogIsUnavailable',
      'VaultIsSealed',
    ],
  })
  async edit(
    @AskedBy() commander: Commander,
    @Param('id', connectionId) id: string,
    @Ids() { secretId }: CommandIds,
    @IfMatch() expected: ExpectedRevisions,
    @Body(wellFormedBody) body: EditConnectionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownConnection> {
    return rotated(await this.dispatch.command(new EditConnection(commander, id, secretId, editIn(body), expected)), reply);
  }

  @Delete(':id')
  @HttpCode(204)
  @Operates('RemoveConnection', {
    summary: 'Remove a connection for good',
    description:
      'Its secrets are destroyed at once, its name is free, its history stays. `force` is for admins and owners; for services with the scope `connections:delete`. Removing it again changes nothing.',
    headers: ['Idempotency-Key', 'If-Match'],
    status: 204,
    answer: [],
    refusals: ['ConnectionDoesNotExist', 'ConnectionIsInUse', 'ConnectionChangedMeanwhile', 'LogIsUnavailable', 'VaultIsSealed'],
  })
  async remove(
    @AskedBy() commander: Commander,
    @Param('id', connectionId) id: string,
    @IfMatch() expected: ExpectedRevisions,
    @Query(wellFormedQuery) { force, reason }: RemovalQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    placed(await this.dispatch.command(new RemoveConnection(commander, id, reason, force === 'true', expected)), reply);
  }

  @Put(':id/credentials')
  @Operates('RotateCredentials', {
    summary: 'Enter new credentials',
    description:
      'The service is asked with the new ones, and those in use stay until they are proven. Taken, they are in use at once, and the ones before them can be gone back to for 24 hours. Refused, they are destroyed. Could the service not be asked, they wait for it: 202. Only where the service refuses the ones in use anyway, they take their place unproven. With `dryRun` nothing is kept, and the answer is what the status would be.',
    headers: ['Idempotency-Key', 'If-Match'],
    answer: ['Connection', 'Trial'],
    otherwise: waits,
    refusals: rotationRefusals,
  })
  async rotate(
    @AskedBy() commander: Commander,
    @Param('id', connectionId) id: string,
    @Ids() { secretId }: CommandIds,
    @IfMatch() expected: ExpectedRevisions,
    @Body(wellFormedBody) body: RotateCredentialsBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownConnection | Trial> {
    if (body.dryRun) return tried(await this.dispatch.command(new TryCredentials(commander, id, rotationIn(body))), reply);
    return rotated(await this.dispatch.command(new RotateCredentials(commander, id, secretId, rotationIn(body), expected)), reply);
  }

  @Post(':id/credentials/rollback')
  @HttpCode(200)
  @Operates('RollBackCredentials', {
    summary: 'Go back to the credentials before these',
    description:
      'For 24 hours after new ones were entered. They are verified and rotated to like any others, and become a new version. Where the connection has moved to another origin since, they stay where they were entered for.',
    headers: ['Idempotency-Key', 'If-Match'],
    answer: 'Connection',
    otherwise: waits,
    refusals: ['NothingToRollBackTo', 'CredentialsMustBeReentered', ...rotationRefusals],
  })
  async rollBack(
    @AskedBy() commander: Commander,
    @Param('id', connectionId) id: string,
    @Ids() { secretId }: CommandIds,
    @IfMatch() expected: ExpectedRevisions,
    @Body(wellFormedBody) body: RollBackCredentialsBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownConnection> {
    const allowAccountChange = body.allowAccountChange ?? false;
    return rotated(await this.dispatch.command(new RollBackCredentials(commander, id, secretId, allowAccountChange, expected)), reply);
  }

  @Post(':id/disable')
  @HttpCode(200)
  @Operates('DisableConnection', {
    summary: 'Switch a connection off',
    description: 'Its credentials are kept, and nobody gets them. Credentials that wait for their service are destroyed.',
    headers: ['Idempotency-Key', 'If-Match'],
    answer: 'Connection',
    refusals: ['ConnectionDoesNotExist', 'ConnectionIsRemoved', 'ConnectionChangedMeanwhile', 'LogIsUnavailable', 'VaultIsSealed'],
  })
  async disable(
    @AskedBy() commander: Commander,
    @Param('id', connectionId) id: string,
    @IfMatch() expected: ExpectedRevisions,
    @Body(wellFormedBody) body: DisableConnectionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownConnection> {
    return changed(await this.dispatch.command(new DisableConnection(commander, id, body.reason ?? undefined, expected)), reply);
  }

  @Post(':id/enable')
  @HttpCode(200)
  @Operates('EnableConnection', {
    summary: 'Switch a connection on again',
    description: 'It is what it was.',
    headers: ['Idempotency-Key', 'If-Match'],
    answer: 'Connection',
    refusals: ['ConnectionDoesNotExist', 'ConnectionIsRemoved', 'ConnectionChangedMeanwhile', 'LogIsUnavailable', 'VaultIsSealed'],
  })
  async enable(
    @AskedBy() commander: Commander,
    @Param('id', connectionId) id: string,
    @IfMatch() expected: ExpectedRevisions,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownConnection> {
    return changed(await this.dispatch.command(new EnableConnection(commander, id, expected)), reply);
  }

  @Post(':id/verify')
  @Operates('VerifyConnection', {
    summary: 'Verify a connection now',
    description: 'Asks the service whether it takes the credential in use. What it says is in `status` and `statusReason`.',
    headers: ['Idempotency-Key'],
    answer: 'Connection',
    refusals: [
      'ConnectionDoesNotExist',
      'ConnectionIsRemoved',
      'ConnectionIsDisabled',
      'ConnectionIsPending',
      'ConnectorIsNotAvailable',
      'CredentialsMustBeReentered',
      'ConnectionChangedMeanwhile',
      'LogIsUnavailable',
      'VaultIsSealed',
    ],
  })
  async verify(
    @AskedBy() commander: Commander,
    @Param('id', connectionId) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownConnection> {
    void reply.code(200);
    return changed(await this.dispatch.command(new VerifyConnection(commander, id)), reply);
  }

  @Get(':id/history')
  @Operates('ReadHistory', {
    summary: 'Read what happened to a connection',
    description: 'Newest first, from the log itself.',
    answer: 'History',
    refusals: ['ConnectionDoesNotExist', 'LogIsUnavailable'],
  })
  history(
    @InquiredBy() inquirer: Inquirer,
    @Param('id', connectionId) id: string,
    @Query(wellFormedQuery) filter: HistoryFilter,
  ): Promise<History> {
    return this.dispatch.query(new ReadHistory(inquirer, id, historyAsked(filter)));
  }
}

function shown({ connection, configRevision }: ConnectionAnswer, reply: FastifyReply): ShownConnection {
  void reply.header('etag', `"${configRevision}"`);
  return connection;
}

function changed(answer: CommandAnswer, reply: FastifyReply): ShownConnection {
  placed(answer, reply);
  return shown(answer, reply);
}

function rotated(answer: RotationAnswer, reply: FastifyReply): ShownConnection {
  if (answer.waits) void reply.code(202);
  return changed(answer, reply);
}

function tried(trial: Trial, reply: FastifyReply): Trial {
  void reply.code(200);
  return trial;
}

function placed({ position }: { readonly position: bigint }, reply: FastifyReply): void {
  void reply.header('patchbay-position', String(position));
}
