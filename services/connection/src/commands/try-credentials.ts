import { ConnectionStreams, CredentialKeeper } from '#custody';
import { connection as decider } from '#domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { v7 } from 'uuid';
import type { Commander } from '../asker';
import { Candidates } from '../candidates';
import { Clock } from '../clock';
import { checkedRotation, type EnteredRotation } from '../entered-rotation';
import { trialOf, type Trial } from '../trial';
import { withinReach } from '../within-reach';

/** New credentials that are verified and not kept. */
export class TryCredentials extends Command<Trial> {
  constructor(
    readonly commander: Commander,
    readonly connectionId: string,
    readonly entered: EnteredRotation,
  ) {
    super();
  }
}

@CommandHandler(TryCredentials)
export class TryCredentialsHandler implements ICommandHandler<TryCredentials> {
  constructor(
    private readonly connections: ConnectionStreams,
    private readonly keeper: CredentialKeeper,
    private readonly candidates: Candidates,
    private readonly clock: Clock,
  ) {}

  /**
   * Stores nothing: no secret, no event. Decides as a rotation would, so that what it would be refused for is refused here.
   * @throws Refused as `checkedRotation` does, ConnectionDoesNotExist, PermissionIsMissing, AddressIsNotAllowed, AccountIsDifferent
   */
  async execute({ commander, connectionId, entered }: TryCredentials): Promise<Trial> {
    const { state } = await this.connections.load(connectionId);
    const connection = withinReach(state, commander);
    const now = this.clock.now();
    const checked = checkedRotation(connection, entered, now);
    const { workspaceId, authType, serviceUrl, settings } = connection;
    const described = await this.keeper.describe({ ...checked, workspaceId, authType, serviceUrl, settings });
    const { allowAccountChange } = entered;
    const origination = { source: 'entered', reason: 'manual', expiresAt: checked.expiresAt, allowAccountChange } as const;
    const { propose, record, account } = await this.candidates.tried(
      connectionId,
      connection,
      { ...described, secretId: v7() },
      origination,
    );
    const proposed = decider.decide(propose, connection, now).reduce(decider.evolve, state);
    decider.decide(record, proposed, now);
    return trialOf(record.outcome.accepted ? { ...record.outcome, ...(account && { account }) } : record.outcome);
  }
}
