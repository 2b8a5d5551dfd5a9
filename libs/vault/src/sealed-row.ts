import type { Envelope } from './envelope';
import type { SecretAddress } from './secret-address';

/** A row of `vault.secrets`, as far as it takes to open it. */
export type SealedRow = Envelope & SecretAddress;

export const sealedColumns = `workspace_id as "workspaceId", connection_id as "connectionId", kind, secret_id as "secretId", bound_to as "boundTo",
  alg, kek_id as "kekId", wrapped_dek as "wrappedDek", iv, ciphertext, tag, commitment`;
