import { Body, Controller, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { v7 } from 'uuid';
import type { Commander, Inquirer } from '../asker';
import { CreateConnection } from '../commands/create-connection';
import { RenameConnection } from '../commands/rename-connection';
import { VerifyConnection } from '../commands/verify-connection';
import type { CommandAnswer, ConnectionAnswer } from '../connection-answers';
import { GetConnection } from '../queries/get-connection';
import { ListConnections, type ConnectionList } from '../queries/list-connections';
import { ReadHistory, type History } from '../queries/read-history';
import type { ShownConnection } from '../shown-connection';
import { AskedBy, IfMatch, InquiredBy } from './asked-by';
import { ConnectionFilter, listAsked } from './connection-filter';
import { connectionId } from './connection-id';
import { CreateConnectionBody, enteredIn } from './create-connection.body';
import { Dispatch } from './dispatch';
import { EditConnectionBody } from './edit-connection.body';
import { historyAsked, HistoryFilter } from './history-filter';
import { Operates } from './operates';
import { wellFormedBody, wellFormedQuery } from './well-formed';

@ApiTags('Connections')
@Controller('v1/workspaces/:ws/connections')
export class ConnectionsHttp {
  constructor(private readonly dispatch: Dispatch) {}

  @Post()
  @Operates('CreateConnection', {
    summary: 'Keep and verify a connection',
    description:
      '201 says that the connection is kept; its `status` says whether it works. It is kept also when the service refuses or cannot be reached, so that what was typed is not lost. A repeated request is not recognised yet: its name is, and answers `NameIsTaken`.',
    headers: ['Idempotency-Key'],
    status: 201,
    answer: 'Connection',
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
    @Body(wellFormedBody) body: CreateConnectionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownConnection> {
    const answer = await this.dispatch.command(new CreateConnection(commander, v7(), v7(), enteredIn(body)));
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
    refusals: ['ConnectionDoesNotExist', 'ReadModelIsBehind'],
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
    summary: 'Rename a connection',
    headers: ['Idempotency-Key', 'If-Match'],
    answer: 'Connection',
    refusals: ['ConnectionDoesNotExist', 'NameIsTaken', 'FieldsAreInvalid', 'ConnectionChangedMeanwhile', 'LogIsUnavailable'],
  })
  async edit(
    @AskedBy() commander: Commander,
    @Param('id', connectionId) id: string,
    @IfMatch() expectedRevision: number | undefined,
    @Body(wellFormedBody) { name }: EditConnectionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownConnection> {
    return changed(await this.dispatch.command(new RenameConnection(commander, id, name, expectedRevision)), reply);
  }

  @Post(':id/verify')
  @Operates('VerifyConnection', {
    summary: 'Verify a connection now',
    description: 'Asks the service whether it takes the credential in use. What it says is in `status` and `statusReason`.',
    headers: ['Idempotency-Key'],
    answer: 'Connection',
    refusals: [
      'ConnectionDoesNotExist',
      'ConnectionIsPending',
      'ConnectorIsNotAvailable',
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
  void reply.header('patchbay-position', String(answer.position));
  return shown(answer, reply);
}
