import { ConnectionStreams, CredentialKeeper, Verifier, type SealedCredentials, type Verification } from '#custody';
import { connection, existing, Refused, type Connection, type ConnectionCommand } from '#domain';
import { denialText } from '#outbound';
import { ConnectionAccounts, type Account } from '#vault';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { contextOf, type Commander } from '../asker';
import { ConnectionAnswers, type CommandAnswer } from '../connection-answers';
import { checkedConnection, type CheckedConnection, type EnteredConnection } from '../entered-connection';
import { NameReservations } from '../name-reservations';

/** A new connection, verified on save. Its ids are the asker's to choose, so that a repeated request finds what it began. */
export class CreateConnection extends Command<CommandAnswer> {
  constructor(
    readonly commander: Commander,
    readonly connectionId: string,
    readonly secretId: string,
    readonly entered: EnteredConnection,
  ) {
    super();
  }
}

@CommandHandler(CreateConnection)
export class CreateConnectionHandler implements ICommandHandler<CreateConnection> {
  constructor(
    private readonly connections: ConnectionStreams,
    private readonly names: NameReservations,
    private readonly keeper: CredentialKeeper,
    private readonly verifier: Verifier,
    private readonly accounts: ConnectionAccounts,
    private readonly answers: ConnectionAnswers,
  ) {}

  /**
   * A service that refuses or cannot be reached does not keep the connection from being kept: what was typed is never lost.
   * @throws Refused as `checkedConnection` does, NameIsTaken, AddressIsNotAllowed (then nothing is kept)
   */
  async execute(command: CreateConnection): Promise<CommandAnswer> {
    const { commander, connectionId } = command;
    let account: Account | undefined;
    const executed = await this.connections.execute(connectionId, contextOf(commander), async () => {
      const checked = checkedConnection(command.entered, new Date());
      return this.#namedAndSealed(command, checked, async (name, sealed) => {
        const kept = facts(checked, name, commander, sealed);
        const found = await this.#verified(connectionId, kept, sealed);
        account = found.account;
        return [...kept, { type: 'RecordVerification', trigger: 'created', outcome: found.outcome } as const];
      });
    });
    if (account) await this.accounts.keep({ workspaceId: commander.workspaceId, connectionId, ...account });
    return this.answers.of(executed);
  }

  /** Undoes both, as far as it can, when what follows fails: nothing has been appended that needs them. */
  async #namedAndSealed<Result>(
    { commander, connectionId, secretId }: CreateConnection,
    checked: CheckedConnection,
    work: (name: string, sealed: SealedCredentials | null) => Promise<Result>,
  ): Promise<Result> {
    const name = checked.name ?? (await this.names.reserveNumbered(checked.definition.name, connectionId, commander));
    if (checked.name !== undefined) await this.names.reserve(name, connectionId, commander);
    let sealed: SealedCredentials | null = null;
    try {
      const { credentials } = checked;
      if (credentials)
        sealed = await this.keeper.seal({ ...checked, credentials, workspaceId: commander.workspaceId, connectionId, secretId });
      const result = await work(name, sealed);
      sealed?.secret.wipe();
      return result;
    } catch (error) {
      await Promise.allSettled([sealed && this.keeper.discard(sealed), this.names.release(name, connectionId, commander)]);
      throw error;
    }
  }

  async #verified(connectionId: string, kept: readonly ConnectionCommand[], sealed: SealedCredentials | null): Promise<Verification> {
    const found = await this.verifier.verify(connectionId, existing(folded(kept)), sealed ? { entered: sealed.secret } : {});
    if (!found.outcome.accepted && found.outcome.category === 'blocked') {
      throw new Refused('AddressIsNotAllowed', {}, [{ pointer: '/serviceUrl', reason: 'address', message: denialText }]);
    }
    return found;
  }
}

function facts(
  { definition, authType, serviceUrl, settings, environment, labels, expiresAt }: CheckedConnection,
  name: string,
  { workspaceId, subject }: Commander,
  sealed: SealedCredentials | null,
): readonly ConnectionCommand[] {
  const create: ConnectionCommand = {
    type: 'Create',
    workspaceId,
    connectorKey: definition.key,
    connectorVersion: definition.version,
    name,
    authType,
    ...(serviceUrl !== undefined && { serviceUrl }),
    settings,
    ...(environment !== undefined && { environment }),
    owner: subject,
    labels,
  };
  if (!sealed) return [create];
  const { secret: _, ...known } = sealed;
  return [create, { type: 'ProvideCredentials', ...known, source: 'entered', ...(expiresAt !== undefined && { expiresAt }) }];
}

/** The connection that these commands are about to make: what is verified is exactly what will be kept. */
function folded(commands: readonly ConnectionCommand[]): Connection {
  const { initial, decide, evolve } = connection;
  return commands.reduce((state, command) => decide(command, state, new Date()).reduce(evolve, state), initial);
}
