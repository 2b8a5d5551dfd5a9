import { digestOf, publicDefinition, type ConnectorDefinition } from '#connectors';
import { newCommandId } from '#event-store';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ConnectorStreams } from '../streams';
import { systemContext } from '../system-context';

/** Puts the definitions of this release on record. */
export class RecordCatalog extends Command<void> {
  constructor(readonly catalog: readonly ConnectorDefinition[]) {
    super();
  }
}

@CommandHandler(RecordCatalog)
export class RecordCatalogHandler implements ICommandHandler<RecordCatalog> {
  constructor(private readonly connectors: ConnectorStreams) {}

  /** @throws DefinitionChangedWithoutVersion */
  async execute({ catalog }: RecordCatalog): Promise<void> {
    for (const definition of catalog) {
      await this.connectors.execute(definition.key, systemContext(newCommandId()), () => [
        {
          type: 'RecordDefinition',
          key: definition.key,
          version: definition.version,
          digest: digestOf(definition),
          definition: publicDefinition(definition),
        },
      ]);
    }
  }
}
