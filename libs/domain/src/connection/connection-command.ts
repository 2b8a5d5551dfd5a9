import type {
  AuthType,
  CredentialSource,
  Detail,
  DisablingReason,
  Environment,
  FailureCategory,
  RemovalReason,
  RotationReason,
  Settings,
  VerificationTrigger,
  VerifiedAgainst,
} from '#events';

export type VerificationOutcome =
  | {
      readonly against: VerifiedAgainst;
      readonly accepted: true;
      readonly latencyMs: number;
      readonly accountFingerprint?: string;
      readonly limited?: true;
    }
  | {
      readonly against: VerifiedAgainst;
      readonly accepted: false;
      readonly category: FailureCategory;
      readonly httpStatus?: number;
      readonly detail: Detail;
    };

/** A credential that was sealed, as far as it may be known. */
export interface SealedCredential {
  readonly secretId: string;
  readonly fingerprint: string;
  readonly display?: string;
  readonly boundTo: string | null;
  readonly source: CredentialSource;
  readonly expiresAt?: string;
}

export interface Create {
  readonly type: 'Create';
  readonly workspaceId: string;
  readonly connectorKey: string;
  readonly connectorVersion: number;
  readonly name: string;
  readonly authType: AuthType;
  readonly serviceUrl?: string;
  readonly settings: Settings;
  readonly environment?: Environment;
  readonly owner: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ProvideCredentials extends SealedCredential {
  readonly type: 'ProvideCredentials';
}

/** A credential to take the current one's place, once the service accepts it. */
export interface ProposeCandidate extends SealedCredential {
  readonly type: 'ProposeCandidate';
  readonly reason: RotationReason;
  /** The service could not be asked: the candidate waits until `candidateUntil`. */
  readonly untried?: FailureCategory;
  readonly candidateUntil?: string;
}

export interface AbandonCandidate {
  readonly type: 'AbandonCandidate';
  readonly secretId: string;
}

export interface RecordVerification {
  readonly type: 'RecordVerification';
  readonly trigger: VerificationTrigger;
  readonly outcome: VerificationOutcome;
  /** Somebody meant to connect to another account. */
  readonly allowAccountChange?: boolean;
}

/** What the commands after it were made for. It leads to no event; where the connection has become another meanwhile, none of them does. */
export interface Expect {
  readonly type: 'Expect';
  /** Any of them will do. */
  readonly configRevisions: readonly number[];
}

/** What a person edits, in one step. What is left out stays as it is. */
export interface Edit {
  readonly type: 'Edit';
  readonly name?: string;
  /** null: none. */
  readonly serviceUrl?: string | null;
  readonly settings?: Settings;
  /** null: none. */
  readonly environment?: Environment | null;
  readonly labels?: Readonly<Record<string, string>>;
  readonly owner?: string;
  /** The origin that the connector's definition makes of the service URL and the settings as they will be. */
  readonly origin: string | null;
  /** A credential that came with the edit and that the service, as edited, accepted. */
  readonly reentered?: { readonly candidate: ProposeCandidate; readonly verification: RecordVerification };
}

export interface Disable {
  readonly type: 'Disable';
  readonly reason?: DisablingReason;
}

export interface Enable {
  readonly type: 'Enable';
}

export interface Remove {
  readonly type: 'Remove';
  readonly reason?: RemovalReason;
}

/** What was found out, for the connection to decide on. */
export type ConnectionCommand =
  Create | ProvideCredentials | ProposeCandidate | AbandonCandidate | RecordVerification | Expect | Edit | Disable | Enable | Remove;
