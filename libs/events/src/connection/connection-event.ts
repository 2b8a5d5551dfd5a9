import { ConnectionCreated } from './connection-created';
import { ConnectionDisabled } from './connection-disabled';
import { ConnectionEnabled } from './connection-enabled';
import { ConnectionOwnerChanged } from './connection-owner-changed';
import { ConnectionRemoved } from './connection-removed';
import { ConnectionRenamed } from './connection-renamed';
import { ConnectionVerified } from './connection-verified';
import { CredentialsProposed } from './credentials-proposed';
import { CredentialsProvided } from './credentials-provided';
import { CredentialsRejected } from './credentials-rejected';
import { CredentialsRotated } from './credentials-rotated';
import { EnvironmentLabelled } from './environment-labelled';
import { LabelsChanged } from './labels-changed';
import { ServiceUrlChanged } from './service-url-changed';
import { SettingsChanged } from './settings-changed';
import { VerificationFailed } from './verification-failed';

/** Everything that happens in a stream `connection-<uuid v7>`. */
export type ConnectionEvent =
  | ConnectionCreated
  | CredentialsProvided
  | CredentialsProposed
  | CredentialsRotated
  | CredentialsRejected
  | ConnectionVerified
  | VerificationFailed
  | ConnectionRenamed
  | ServiceUrlChanged
  | SettingsChanged
  | EnvironmentLabelled
  | LabelsChanged
  | ConnectionOwnerChanged
  | ConnectionDisabled
  | ConnectionEnabled
  | ConnectionRemoved;

export const connectionEvents = {
  ConnectionCreated,
  CredentialsProvided,
  CredentialsProposed,
  CredentialsRotated,
  CredentialsRejected,
  ConnectionVerified,
  VerificationFailed,
  ConnectionRenamed,
  ServiceUrlChanged,
  SettingsChanged,
  EnvironmentLabelled,
  LabelsChanged,
  ConnectionOwnerChanged,
  ConnectionDisabled,
  ConnectionEnabled,
  ConnectionRemoved,
};
