/** Every reason to say no, of the domain and of its edges. A new one does not compile until every edge can answer it. */
export type Reason =
  | 'AccountIsDifferent'
  | 'AddressIsNotAllowed'
  | 'AuditIsUnavailable'
  | 'AuthTypeIsAmbiguous'
  | 'AuthTypeIsNotOffered'
  | 'AuthorizationBelongsToAnother'
  | 'AuthorizationDoesNotExist'
  | 'AuthorizationHasExpired'
  | 'BodyIsMalformed'
  | 'ConnectionChangedMeanwhile'
  | 'ConnectionDoesNotExist'
  | 'ConnectionIsDisabled'
  | 'ConnectionIsInUse'
  | 'ConnectionIsPending'
  | 'ConnectionIsRemoved'
  | 'ConnectorDoesNotExist'
  | 'ConnectorIsNotAvailable'
  | 'ConnectorIsRetired'
  | 'CredentialsDoNotRefresh'
  | 'CredentialsMustBeReentered'
  | 'CredentialsWereRefused'
  | 'EnvironmentDoesNotMatch'
  | 'FieldsAreInvalid'
  | 'KeyRotationDoesNotExist'
  | 'KeyWasUsedForAnotherRequest'
  | 'LogIsUnavailable'
  | 'NameIsTaken'
  | 'NoEarlierTablesAreKept'
  | 'NothingToRollBackTo'
  | 'OAuthClientIsMissing'
  | 'PermissionIsMissing'
  | 'ProjectionDoesNotExist'
  | 'ProjectionIsBeingRebuilt'
  | 'ReadModelIsBehind'
  | 'ReauthorizationIsRequired'
  | 'RebuildDoesNotExist'
  | 'RebuildHasEnded'
  | 'RequestIsStillRunning'
  | 'TokenIsInvalid'
  | 'TokenIsMissing'
  | 'TooManyRequests'
  | 'VaultIsSealed'
  | 'VisibilityIsNotSupported';

/** One wrong field of a request. Never carries the value: what was typed may be a secret. */
export interface FieldProblem {
  /** JSON Pointer (RFC 6901) into the request body. */
  readonly pointer: string;
  /** A stable word for programs, such as `required` or `pattern`. */
  readonly reason: string;
  /** A sentence for people: what is wrong and what to do. */
  readonly message: string;
}

/** Thrown when the answer is no. Never carries a secret: details reach logs and clients as they are. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly reason: Reason,
    readonly details: Readonly<Record<string, string>> = {},
    readonly problems: readonly FieldProblem[] = [],
  ) {
    super(reason);
  }
}
