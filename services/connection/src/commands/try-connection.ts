import { Verifier } from '#custody';
import { originOf } from '#outbound';
import { Secret } from '#secret';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { v7 } from 'uuid';
import type { Commander } from '../asker';
import { Clock } from '../clock';
import { connectionToBe, factsOf } from '../connection-to-be';
import { checkedConnection, type EnteredConnection } from '../entered-connection';
import { refuseBlocked } from '../refuse-blocked';
import { trialOf, type Trial } from '../trial';

/** A connection that is verified and not kept. */
export class TryConnection extends Command<Trial> {
  constructor(
    readonly commander: Commander,
    readonly entered: EnteredConnection,
  ) {
    super();
  }
}

@CommandHandler(TryConnection)
export class TryConnectionHandler implements ICommandHandler<TryConnection> {
  constructor(
    private readonly verifier: Verifier,
    private readonly clock: Clock,
  ) {}

  /**
   * Stores nothing: no name, no secret, no event. Whether the name is free is not asked.
   * @throws Refused as `checkedConnection` does, AddressIsNotAllowed
   */
  async execute({ commander, entered }: TryConnection): Promise<Trial> {
    const checked = checkedConnection(entered, this.clock.now());
    const { definition, name = definition.name, credentials } = checked;
    const secret = credentials && Secret.of(JSON.stringify(credentials));
    const unsealed = credentials && { secretId: v7(), fingerprint: '', boundTo: originOf(definition, checked) };
    const connection = connectionToBe(factsOf(checked, name, commander, unsealed));
    const found = await this.verifier.ask(v7(), connection, secret ? { entered: secret } : {}).finally(() => secret?.wipe());
    refuseBlocked(found);
    return trialOf(found);
  }
}
