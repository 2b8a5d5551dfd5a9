import { ConnectionStreams, CredentialKeeper, Verifier, type SealedCredentials } from '#custody';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { AccountKeeper } from '../account-keeper';
import { contextOf, type Commander } from '../asker';
import { Clock } from '../clock';
import { ConnectionAnswers, type CommandAnswer } from '../connection-answers';
import { connectionToBe, factsOf } from '../connection-to-be';
import { checkedConnection, type CheckedConnection, type EnteredConnection } from '../entered-connection';
import { executePrepared, type TakeBack } from '../execute-prepared';
import { NameReservations } from '../name-reservations';
import { refuseBlocked } from '../refuse-blocked';

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
    private readonly accounts: AccountKeeper,
    private readonly answers: ConnectionAnswers,
    private readonly clock: Clock,
  ) {}

  /**
   * A service that refuses or cannot be reached does not keep the connection from being kept: what was typed is never lost.
   * @throws Refused as `checkedConnection` does, NameIsTaken, AddressIsNotAllowed (then nothing is kept)
   */
  async execute(command: CreateConnection): Promise<CommandAnswer> {
    const { commander, connectionId } = command;
    const executed = await executePrepared(this.connections, connectionId, contextOf(commander), async (loaded, otherwise) => {
      const checked = checkedConnection(command.entered, this.clock.now());
      const name = await this.#reserved(command, checked, otherwise);
      const sealed = await this.#sealed(command, checked, otherwise);
      const facts = factsOf(checked, name, commander, sealed);
      const { outcome, account } = await this.verifier
        .verify(connectionId, connectionToBe(facts), sealed ? { entered: sealed.secret } : {})
        .finally(() => sealed?.secret.wipe());
      refuseBlocked(outcome);
      const commands = [...facts, { type: 'RecordVerification', trigger: 'created', outcome }] as const;
      await this.accounts.keep(loaded, commands, account, otherwise);
      return commands;
    });
    return this.answers.of(executed);
  }

  async #reserved(
    { commander, connectionId }: CreateConnection,
    { name: asked, definition }: CheckedConnection,
    otherwise: (takeBack: TakeBack) => void,
  ): Promise<string> {
    const reservation = await (asked === undefined
      ? this.names.reserveNumbered(definition.name, connectionId, commander)
      : this.names.reserve(asked, connectionId, commander));
    otherwise(() => this.names.withdraw(reservation, commander));
    return reservation.name;
  }

  async #sealed(
    { commander: { workspaceId }, connectionId, secretId }: CreateConnection,
    checked: CheckedConnection,
    otherwise: (takeBack: TakeBack) => void,
  ): Promise<SealedCredentials | null> {
    const { credentials } = checked;
    if (!credentials) return null;
    const sealed = await this.keeper.seal({ ...checked, credentials, workspaceId, connectionId, secretId });
    otherwise(() => this.keeper.discard(sealed));
    return sealed;
  }
}
