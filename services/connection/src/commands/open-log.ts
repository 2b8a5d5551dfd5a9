import { newCommandId } from '#event-store';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { v7 } from 'uuid';
import { LogStream } from '../streams';
import { systemContext } from '../system-context';

/** Gives the log its identity, which whoever follows it compares. Whoever starts first on an empty log does. */
export class OpenLog extends Command<void> {}

@CommandHandler(OpenLog)
export class OpenLogHandler implements ICommandHandler<OpenLog> {
  constructor(private readonly logStream: LogStream) {}

  async execute(): Promise<void> {
    await this.logStream.execute('log', systemContext(newCommandId()), () => [{ type: 'OpenLog', logId: v7() }]);
  }
}
