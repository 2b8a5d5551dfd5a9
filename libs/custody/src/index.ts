export { ConnectionStreams, type ConnectionChange, type ConnectionStreamsOptions, type Heads } from './connection-streams';
export { CredentialKeeper, type EnteredCredentials, type SealedCredentials } from './credential-keeper';
export { Resolver, type Resolved, type ResolverOptions } from './resolver';
export { Verifier, type Verification, type VerifierOptions, type VerifyOptions } from './verifier';
