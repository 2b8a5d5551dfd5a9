import { ConnectionStreams, CredentialKeeper, Verifier } from '#custody';
import {
  connection as decider,
  enabled,
  existing,
  living,
  Refused,
  type Connection,
  type ConnectionCommand,
  type ExistingConnection,
} from '#domain';
import type { Executed } from '#event-store';
import type { ConnectionEvent } from '#events';
import type { Account } from '#vault';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { AccountKeeper } from '../account-keeper';
import { contextOf, type Commander } from '../asker';
import { Candidates, credentialsWereRefused, type RotationAnswer, type Tried } from '../candidates';
import { Clock } from '../clock';
import { checkedEdit, type CheckedEdit, type EnteredEdit } from '../entered-edit';
import { refuseUnlessRotatable } from '../entered-rotation';
import { executePrepared, type TakeBack } from '../execute-prepared';
import { expecting, refuseUnexpected, type ExpectedRevisions } from '../expected-revisions';
import { bears, NameReservations, type Reservation } from '../name-reservations';
import { onceMore } from '../once-more';
import { refuseBlocked } from '../refuse-blocked';
import { withinReach } from '../within-reach';

/** Any of what people edit, all of it or nothing. */
export class EditConnection extends Command<RotationAnswer> {
  constructor(
    readonly commander: Commander,
    readonly connectionId: string,
    readonly secretId: string,
    readonly entered: EnteredEdit,
    readonly expected: ExpectedRevisions = 'any',
  ) {
    super();
  }
}

/** What the service was asked about an edit, as commands. */
interface Found {
  readonly commands: readonly ConnectionCommand[];
  readonly account?: Account | undefined;
}

@CommandHandler(EditConnection)
export class EditConnectionHandler implements ICommandHandler<EditConnection> {
  constructor(
    private readonly connections: ConnectionStreams,
    private readonly names: NameReservations,
    private readonly keeper: CredentialKeeper,
    private readonly verifier: Verifier,
    private readonly candidates: Candidates,
    private readonly accounts: AccountKeeper,
    private readonly clock: Clock,
  ) {}

  /**
   * What changes how the service is called is verified: with the credentials in use, as on creation, where the origin stays; with those that came along
   * otherwise, and then the service must take them.
   * @throws Refused ConnectionDoesNotExist, PermissionIsMissing, ConnectionIsRemoved, ConnectionChangedMeanwhile, NameIsTaken, as `checkedEdit` does,
   * and, where the service is called: ConnectionIsDisabled, CredentialsMustBeReentered, CredentialsWereRefused, AddressIsNotAllowed, AccountIsDifferent
   */
  execute(command: EditConnection): Promise<RotationAnswer> {
    return onceMore(() => this.#edit(command));
  }

  async #edit(command: EditConnection): Promise<RotationAnswer> {
    const { commander, connectionId, entered, expected } = command;
    let former = null as Reservation | null; // set by a callback
    const executed = await executePrepared(this.connections, connectionId, contextOf(commander), async (loaded, otherwise) => {
      const before = living(withinReach(loaded.state, commander));
      refuseUnexpected(before, expected);
      if (entered.owner !== undefined && entered.owner !== before.owner && !commander.oversees) throw new Refused('PermissionIsMissing');
      const checked = checkedEdit(before, entered, this.clock.now());
      if (entered.name !== undefined && !bears(before, entered.name)) {
        former = await this.names.held(before.name, connectionId, commander);
        const reservation = await this.names.reserve(entered.name, connectionId, commander);
        otherwise(() => this.names.withdraw(reservation, commander));
      }
      const found = await this.#found(before, checked, command, otherwise);
      // What was merged into the settings of then would undo what others have changed since.
      const commands = [...expecting([before.configRevision]), ...found.commands];
      await this.accounts.keep(loaded, commands, found.account, otherwise);
      return commands;
    });
    if (former) await this.names.release(former, commander);
    if (executed.repeated) await this.#releaseGivenUp(connectionId, executed, commander);
    return this.candidates.concluded(executed);
  }

  async #releaseGivenUp(
    connectionId: string,
    { events, state, position }: Executed<Connection, ConnectionEvent>,
    commander: Commander,
  ): Promise<void> {
    for (const { type, data } of events) {
      if (type !== 'ConnectionRenamed' || bears(existing(state), data.from)) continue;
      await this.names.releaseGivenUp({ name: data.from, connectionId, at: position }, commander);
    }
  }

  async #found(
    before: ExistingConnection,
    checked: CheckedEdit,
    command: EditConnection,
    otherwise: (takeBack: TakeBack) => void,
  ): Promise<Found> {
    const { edit, shapesTheCall, credentials } = checked;
    if (credentials?.values) {
      const tried = await this.#tried(before, checked, command, otherwise);
      if (tried.verdict === 'refused') throw credentialsWereRefused();
      const { propose, record, account } = tried;
      if (!shapesTheCall) return { commands: [edit, propose, record], account };
      if (tried.verdict === 'untried') throw cannotBeProven(checked);
      return { commands: [{ ...edit, reentered: { candidate: propose, verification: record } }], account };
    }
    if (!shapesTheCall) return { commands: [edit] };

    // Refused here already where it would take the credential elsewhere: nobody there is asked.
    const after = existing(decider.decide(edit, enabled(before), this.clock.now()).reduce(decider.evolve, before));
    if (after.authType !== 'none' && !after.credential) return { commands: [edit] }; // nothing to verify with yet
    const { outcome, account } = await this.verifier.verify(command.connectionId, after);
    refuseBlocked(outcome);
    const { allowAccountChange } = command.entered;
    return { commands: [edit, { type: 'RecordVerification', trigger: 'edited', outcome, allowAccountChange }], account };
  }

  /** Asks the service, as it will be called, whether it takes the credentials that came along. */
  async #tried(
    before: ExistingConnection,
    { definition, place, credentials }: CheckedEdit,
    { connectionId, secretId, entered }: EditConnection,
    otherwise: (takeBack: TakeBack) => void,
  ): Promise<Tried> {
    refuseUnlessRotatable(before);
    if (!definition || !credentials?.values) throw new TypeError('an edit with credentials is checked by its connector');
    const { workspaceId, authType, serviceUrl, settings } = place;
    const sealed = await this.keeper.seal({
      workspaceId,
      connectionId,
      secretId,
      definition,
      authType,
      serviceUrl,
      settings,
      credentials: credentials.values,
      until: this.candidates.until(),
    });
    otherwise(() => this.keeper.discard(sealed));
    const { expiresAt } = credentials;
    const { allowAccountChange } = entered;
    return this.candidates.tried(connectionId, place, sealed, { source: 'entered', reason: 'manual', expiresAt, allowAccountChange });
  }
}

/** Credentials that wait belong to the connection as it is; for a connection as it might become nothing waits. */
function cannotBeProven({ definition }: CheckedEdit): Refused {
  const pointer = definition && 'entered' in definition.serviceUrl ? '/serviceUrl' : '/settings';
  const message = 'The service could not be asked there, so nothing was changed: the credentials in use stay until new ones are proven.';
  return new Refused('FieldsAreInvalid', {}, [{ pointer, reason: 'unreachable', message }]);
}
