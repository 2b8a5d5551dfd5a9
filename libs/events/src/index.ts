export { EventType, type EventOf } from './event-type';
export { Actor, EventContext, EventMetadata } from './event-metadata';
export { chainStart, hashOf, type ChainedEvent } from './hash-chain';
export { isChained, type ChainBreak, type Difference, type StoredBytes } from './verify-chain';
export { LogVerification, type Verified } from './log-verification';
export { storedText } from './stored-text';
export { eventCodec, eventTypes, UnknownEventType, type EncodedEvent, type EventPlace, type PatchbayEvent } from './event-codec';
export { connectionStatuses, statusCodes, StatusAfter, type ConnectionStatus, type StatusCode } from './connection/status-after';
export {
  Detail,
  failureCategories,
  FailureCategory,
  VerificationTrigger,
  verificationTriggers,
  VerifiedAgainst,
} from './connection/verification';
export { authTypes, ConnectionCreated, environments, Settings, type AuthType, type Environment } from './connection/connection-created';
export { CredentialsProvided, credentialSources, type CredentialSource } from './connection/credentials-provided';
export { CredentialsProposed, rotationReasons, type RotationReason } from './connection/credentials-proposed';
export { CredentialsRotated } from './connection/credentials-rotated';
export { CredentialsRejected, rejectionCategories, type RejectionCategory } from './connection/credentials-rejected';
export { ConnectionVerified } from './connection/connection-verified';
export { VerificationFailed } from './connection/verification-failed';
export { ConnectionRenamed } from './connection/connection-renamed';
export { ServiceUrlChanged } from './connection/service-url-changed';
export { SettingsChanged } from './connection/settings-changed';
export { EnvironmentLabelled } from './connection/environment-labelled';
export { LabelsChanged } from './connection/labels-changed';
export { ConnectionOwnerChanged } from './connection/connection-owner-changed';
export { ConnectionDisabled, disablingReasons, type DisablingReason } from './connection/connection-disabled';
export { ConnectionEnabled } from './connection/connection-enabled';
export { ConnectionRemoved, removalReasons, type RemovalReason } from './connection/connection-removed';
export { type ConnectionEvent } from './connection/connection-event';
export { ConnectorPublished, ConnectorRetired, ConnectorRevised, type ConnectorEvent } from './connector/connector-event';
export { NameReleased, NameReserved, type NameEvent } from './name/name-event';
export { KeyActivated, KeyRetired, keyLevels, RewrapCompleted, type KeyEvent } from './key/key-event';
export { LogOpened, type LogEvent } from './log/log-event';
