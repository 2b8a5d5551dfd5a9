import { ConnectionCreated } from './connection-created';
import { ConnectionRenamed } from './connection-renamed';
import { ConnectionVerified } from './connection-verified';
import { CredentialsProvided } from './credentials-provided';
import { VerificationFailed } from './verification-failed';

/** Everything that happens in a stream `connection-<uuid v7>`. */
export type ConnectionEvent = ConnectionCreated | CredentialsProvided | ConnectionVerified | VerificationFailed | ConnectionRenamed;

export const connectionEvents = { ConnectionCreated, CredentialsProvided, ConnectionVerified, VerificationFailed, ConnectionRenamed };
