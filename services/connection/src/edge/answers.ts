import type { Reason } from '#domain';

/** What goes wrong before there is a question to say no to, or while Patchbay fails to answer it. */
export type Mishap = 'RouteDoesNotExist' | 'BodyIsTooLarge' | 'MediaTypeIsNotSupported' | 'PatchbayIsAtFault';

/** What the answer may depend on besides the reason. */
export interface Circumstances {
  /** The request said which revision it expects (`If-Match`). */
  readonly conditional: boolean;
}

export interface Answer {
  readonly http: number | ((circumstances: Circumstances) => number);
  readonly grpc: GrpcCode;
  /** What is the matter, in a few words. */
  readonly title: string;
  /** What to do about it. */
  readonly cure: string;
  /** Seconds after which asking again makes sense. */
  readonly retryAfter?: number;
}

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export const grpcCodes = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;
type GrpcCode = keyof typeof grpcCodes;

/** What each refusal means on the wire. The only place that knows both vocabularies. */
export const answers: Readonly<Record<Reason | Mishap, Answer>> = {
  AccountIsDifferent: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    title: 'The credentials belong to another account',
    cure: 'Send allowAccountChange if that is meant, or create a connection of its own for the other account.',
  },
  AddressIsNotAllowed: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    title: 'This address may not be called',
    cure: 'Enter a public https address. For a service inside the operator’s network, the operator allows its range with OUTBOUND_ALLOWED_CIDRS.',
  },
  AuditIsUnavailable: {
    http: 503,
    grpc: 'UNAVAILABLE',
    title: 'The access cannot be recorded now',
    cure: 'Repeat the request. No credential leaves Patchbay unrecorded.',
    retryAfter: 2,
  },
  AuthTypeIsAmbiguous: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    title: 'The connector offers several ways to authenticate',
    cure: 'Say which one with authType.',
  },
  AuthTypeIsNotOffered: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    title: 'The connector does not offer this way to authenticate',
    cure: 'Send one of the authTypes that GET /v1/connectors/{key} lists.',
  },
  AuthorizationBelongsToAnother: {
    http: 403,
    grpc: 'PERMISSION_DENIED',
    title: 'Somebody else began this authorization',
    cure: 'Begin one of your own.',
  },
  AuthorizationDoesNotExist: {
    http: 404,
    grpc: 'NOT_FOUND',
    title: 'There is no such authorization',
    cure: 'Check its id, or begin a new one.',
  },
  AuthorizationHasExpired: {
    http: 410,
    grpc: 'FAILED_PRECONDITION',
    title: 'The authorization has expired',
    cure: 'Begin a new one.',
  },
  BodyIsMalformed: {
    http: 400,
    grpc: 'INVALID_ARGUMENT',
    title: 'The request is not in the form that is expected',
    cure: 'Correct what errors names; /docs shows what is expected. A body is JSON.',
  },
  BodyIsTooLarge: {
    http: 413,
    grpc: 'INVALID_ARGUMENT',
    title: 'The body is too large',
    cure: 'Send at most 1 MiB.',
  },
  ConnectionChangedMeanwhile: {
    http: ({ conditional }) => (conditional ? 412 : 409),
    grpc: 'ABORTED',
    title: 'The connection has changed meanwhile',
    cure: 'Read it again, and repeat the change if it still makes sense.',
  },
  ConnectionDoesNotExist: {
    http: 404,
    grpc: 'NOT_FOUND',
    title: 'There is no such connection',
    cure: 'Check the ids of workspace and connection, and that the token is for this workspace.',
  },
  ConnectionIsDisabled: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'The connection is switched off',
    cure: 'Enable it.',
  },
  ConnectionIsInUse: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'Workflows use the connection',
    cure: 'Point them to another connection, or send force as an admin.',
  },
  ConnectionIsPending: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'The connection is not complete yet',
    cure: 'Finish the consent, or enter its credentials.',
  },
  ConnectionIsRemoved: {
    http: 410,
    grpc: 'NOT_FOUND',
    title: 'The connection was removed',
    cure: 'Choose another one.',
  },
  ConnectorDoesNotExist: {
    http: 404,
    grpc: 'NOT_FOUND',
    title: 'There is no such connector',
    cure: 'Take a key that GET /v1/connectors lists.',
  },
  ConnectorIsNotAvailable: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'The connector is not part of this release',
    cure: 'Choose another connector, or run a release that has it.',
  },
  ConnectorIsRetired: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'The connector takes no new connections',
    cure: 'Choose another connector.',
  },
  CredentialsDoNotRefresh: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'These credentials are not of the kind that is refreshed',
    cure: 'Enter new ones instead.',
  },
  CredentialsMustBeReentered: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    title: 'The change would send the credentials somewhere else',
    cure: 'Send the credentials together with the change: they only ever go to the origin they were entered for.',
  },
  CredentialsWereRefused: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    title: 'The service refused the credentials',
    cure: 'Enter the right ones.',
  },
  EnvironmentDoesNotMatch: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    title: 'What was entered belongs to another environment',
    cure: 'Correct the environment or what was entered, or send allowEnvironmentMismatch.',
  },
  FieldsAreInvalid: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    title: 'Some fields do not fit',
    cure: 'Correct what errors names.',
  },
  KeyWasUsedForAnotherRequest: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    title: 'This Idempotency-Key belongs to another request',
    cure: 'Take a new key for a new request.',
  },
  LogIsUnavailable: {
    http: 503,
    grpc: 'UNAVAILABLE',
    title: 'The event log cannot be reached',
    cure: 'Repeat the request, with the same Idempotency-Key if it had one.',
    retryAfter: 5,
  },
  MediaTypeIsNotSupported: {
    http: 415,
    grpc: 'INVALID_ARGUMENT',
    title: 'The body is not JSON',
    cure: 'Send it with Content-Type: application/json.',
  },
  NameIsTaken: {
    http: 409,
    grpc: 'ALREADY_EXISTS',
    title: 'Another connection of the workspace has this name',
    cure: 'Choose another name. Case and width of letters do not tell names apart.',
  },
  NoEarlierTablesAreKept: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'No earlier tables of the projection are kept',
    cure: 'Rebuild the version that is wanted: a running release must have it.',
  },
  NothingToRollBackTo: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'There are no earlier credentials to go back to',
    cure: 'Enter new ones instead.',
  },
  OAuthClientIsMissing: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'The connector has no OAuth client yet',
    cure: 'Configure the OAuth client of the connector.',
  },
  PatchbayIsAtFault: {
    http: 500,
    grpc: 'INTERNAL',
    title: 'Something went wrong inside Patchbay',
    cure: 'Nothing is wrong with the request. Give the requestId to whoever runs Patchbay: its log has the rest.',
  },
  PermissionIsMissing: {
    http: 403,
    grpc: 'PERMISSION_DENIED',
    title: 'The token does not allow this',
    cure: 'Ask an admin of the workspace. Members change the connections that they own.',
  },
  ProjectionDoesNotExist: {
    http: 404,
    grpc: 'NOT_FOUND',
    title: 'There is no such projection',
    cure: 'Take a name that GET /v1/admin/projections lists with a version.',
  },
  ProjectionIsBeingRebuilt: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'The projection is being rebuilt already',
    cure: 'Wait for that rebuild, or cancel it: GET /v1/admin/projections names it.',
  },
  ReadModelIsBehind: {
    http: 503,
    grpc: 'UNAVAILABLE',
    title: 'The read model has not come that far yet',
    cure: 'Repeat the request.',
    retryAfter: 1,
  },
  ReauthorizationIsRequired: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'A person must consent again',
    cure: 'Begin an authorization.',
  },
  KeyRotationDoesNotExist: {
    http: 404,
    grpc: 'NOT_FOUND',
    title: 'There is no such change of keys',
    cure: 'Check its id: POST /v1/admin/key-rotations answered it.',
  },
  RebuildDoesNotExist: {
    http: 404,
    grpc: 'NOT_FOUND',
    title: 'The projection had no such rebuild',
    cure: 'Check its id: GET /v1/admin/projections names the last one of each.',
  },
  RebuildHasEnded: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    title: 'The rebuild has ended already',
    cure: 'Ask for a roll-back if it is done and what was shown before is wanted.',
  },
  RequestIsStillRunning: {
    http: 409,
    grpc: 'ABORTED',
    title: 'The request with this Idempotency-Key is still running',
    cure: 'Wait, then repeat it.',
    retryAfter: 5,
  },
  RouteDoesNotExist: {
    http: 404,
    grpc: 'UNIMPLEMENTED',
    title: 'There is nothing at this address',
    cure: 'Check method and path: /docs lists all of them.',
  },
  TokenIsInvalid: {
    http: 401,
    grpc: 'UNAUTHENTICATED',
    title: 'The token is not accepted',
    cure: 'Get a fresh access token for Patchbay from its issuer.',
  },
  TokenIsMissing: {
    http: 401,
    grpc: 'UNAUTHENTICATED',
    title: 'There is no token',
    cure: 'Send Authorization: Bearer with an access token.',
  },
  TooManyRequests: {
    http: 429,
    grpc: 'RESOURCE_EXHAUSTED',
    title: 'Too many requests',
    cure: 'Wait, then repeat the request.',
    retryAfter: 1,
  },
  VaultIsSealed: {
    http: 503,
    grpc: 'UNAVAILABLE',
    title: 'The vault cannot keep or open secrets now',
    cure: 'Repeat the request. If it stays so, whoever runs Patchbay looks after its database and root key.',
    retryAfter: 5,
  },
  VisibilityIsNotSupported: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    title: 'A connection is visible to its whole workspace',
    cure: 'Leave visibility out, or send workspace.',
  },
};
