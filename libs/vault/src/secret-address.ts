export const secretKinds = ['credential', 'webhook_signing', 'oauth_client', 'flow', 'answer'] as const;
export type SecretKind = (typeof secretKinds)[number];

/**
 * Where a secret belongs. Every field is authenticated with the ciphertext: a row that is moved, in the database or in a request, does not open.
 * What belongs to no connection carries `client:<connectorKey>`, the flow's id or the command's id as its connection; the platform's own
 * secrets live in the workspace `_`.
 */
export interface SecretAddress {
  readonly workspaceId: string;
  readonly connectionId: string;
  readonly kind: SecretKind;
  /** A uuid in lower case. One secret, one id: a new version of a credential is a new secret. */
  readonly secretId: string;
  /** The only origin (`scheme://host:port`) the secret may be sent to; null: it is sent nowhere. */
  readonly boundTo: string | null;
}
