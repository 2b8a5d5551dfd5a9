import {
  connector,
  keys,
  log,
  name,
  type Connector,
  type ConnectorCommand,
  type Keys,
  type Log,
  type Name,
  type NameCommand,
  type OpenLog,
  type RecordKey,
} from '#domain';
import { Streams, type EventStore } from '#event-store';
import { eventCodec, type ConnectorEvent, type EventContext, type KeyEvent, type LogEvent, type NameEvent } from '#events';

// Besides those of connections, which are custody's: classes, so that they can be asked for as dependencies.

interface Kept {
  readonly store: EventStore;
  readonly clock: () => Date;
}

/** `name-<workspace>.<hash of the folded name>` */
export class NameStreams extends Streams<Name, NameCommand, NameEvent, EventContext> {
  constructor(kept: Kept) {
    super({ ...kept, codec: eventCodec, decider: name, category: 'name' });
  }
}

/** `connector-<key>` */
export class ConnectorStreams extends Streams<Connector, ConnectorCommand, ConnectorEvent, EventContext> {
  constructor(kept: Kept) {
    super({ ...kept, codec: eventCodec, decider: connector, category: 'connector' });
  }
}

/** `log`: there is only one. */
export class LogStream extends Streams<Log, OpenLog, LogEvent, EventContext> {
  constructor(kept: Kept) {
    super({ ...kept, codec: eventCodec, decider: log, category: 'log', streamOf: () => 'log' });
  }
}

/** `keys`: there is only one. */
export class KeysStream extends Streams<Keys, RecordKey, KeyEvent, EventContext> {
  constructor(kept: Kept) {
    super({ ...kept, codec: eventCodec, decider: keys, category: 'keys', streamOf: () => 'keys' });
  }
}
