export { type Decider } from './decider';
export { Refused, type FieldProblem, type Reason } from './refused';
export { canRollBack, connection } from './connection/connection';
export {
  type ConnectionCommand,
  type ProposeCandidate,
  type RecordVerification,
  type VerificationOutcome,
} from './connection/connection-command';
export {
  enabled,
  existing,
  living,
  statusAfterOf,
  type Candidate,
  type Connection,
  type Credential,
  type ExistingConnection,
} from './connection/connection-state';
export { chronicledConnection, type Chronicled, type ChronicledConnection } from './connection/chronicle';
export { connectionSnapshot } from './connection/connection-snapshot';
export { againstCandidate, againstOf, settingsDigest } from './connection/against';
export { settledOf, settlesDifferently, type Settled } from './connection/settled';
export { servable } from './connection/servable';
export { actionFor, statusActions, type StatusAction } from './connection/action-for';
export { name, type Name, type NameCommand } from './name/name';
export { properName } from './name/proper-name';
export { foldName, nameStreamId } from './name/fold-name';
export { connector, DefinitionChangedWithoutVersion, type Connector, type ConnectorCommand } from './connector/connector';
export { keys, type Keys, type RecordKey } from './key/keys';
export { log, type Log, type OpenLog } from './log/log';
