export {
  type AppendResult,
  type EventStore,
  type ExpectedRevision,
  type LogMessage,
  type NewEvent,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type StreamMetadata,
  type SubscribeOptions,
} from './event-store';
export { AppendIsTooLarge, LogIsUnavailable, OutcomeUnknown, StreamChangedMeanwhile, WrongExpectedRevision } from './event-store-errors';
export { within } from './within';
export { openEventStore, openRawLog, type OpenEventStoreOptions } from './open-event-store';
export { type RawAppend, type RawEvent, type RawLog } from './raw-log';
export { InMemoryEventStore } from './in-memory-event-store';
export { type ChainedMetadata, type Codec, type EventPlace } from './codec';
export { type Decider } from './decider';
export { type SnapshotCodec, type SnapshotsOptions } from './snapshots';
export { Streams, type Appending, type Executed, type Loaded, type StreamsOptions } from './streams';
export { commandIdOf, eventIdOf, newCommandId, type CommandKey } from './command-ids';
