import { Column, Entity, PrimaryColumn } from 'typeorm';
import { ShownAccount } from './shown-account.entity';
import { wholePosition } from './whole-position';

/** What may be shown of the credential in use. Times are RFC 3339. */
export interface ShownCredential {
  readonly version: number;
  readonly fingerprint: string;
  readonly boundTo: string | null;
  readonly source: string;
  readonly display: string | null;
  readonly expiresAt: string | null;
  readonly grantedScopes: readonly string[] | null;
}

/** What may be shown of a credential that waits to become the current one. Times are RFC 3339. */
export interface ShownCandidate extends Omit<ShownCredential, 'version'> {
  readonly secretId: string;
  /** Why the service could not be asked yet. */
  readonly category: string | null;
  /** Until when it is asked again. */
  readonly until: string | null;
}

/** A row of the view `workspace_connections`: one connection as the log had it at `position`. */
@Entity({ schema: 'read_models', name: 'workspace_connections', synchronize: false })
export class WorkspaceConnection {
  @PrimaryColumn('text')
  id!: string;

  @Column('text', { name: 'workspace_id' })
  workspaceId!: string;

  @Column('text', { name: 'connector_key' })
  connectorKey!: string;

  @Column('integer', { name: 'connector_version' })
  connectorVersion!: number;

  @Column('text')
  name!: string;

  @Column('text', { name: 'name_folded' })
  nameFolded!: string;

  @Column('text', { name: 'auth_type' })
  authType!: string;

  @Column('text', { name: 'service_url', nullable: true })
  serviceUrl!: string | null;

  @Column('jsonb')
  settings!: Readonly<Record<string, unknown>>;

  @Column('text', { nullable: true })
  environment!: string | null;

  @Column('jsonb')
  labels!: Readonly<Record<string, string>>;

  @Column('text')
  status!: string;

  /** Why it has this status; null: nothing to explain. */
  @Column('text', { name: 'status_code', nullable: true })
  statusCode!: string | null;

  @Column('jsonb', { name: 'status_detail', nullable: true })
  statusDetail!: Readonly<Record<string, unknown>> | null;

  @Column('timestamptz', { name: 'status_since' })
  statusSince!: Date;

  @Column('timestamptz', { name: 'last_tried_at', nullable: true })
  lastTriedAt!: Date | null;

  @Column('boolean')
  limited!: boolean;

  @Column('jsonb', { nullable: true })
  credential!: ShownCredential | null;

  @Column('jsonb', { nullable: true })
  candidate!: ShownCandidate | null;

  @Column('text')
  owner!: string;

  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('text', { name: 'updated_by' })
  updatedBy!: string;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  @Column('timestamptz', { name: 'verified_at', nullable: true })
  verifiedAt!: Date | null;

  @Column('integer')
  revision!: number;

  @Column('integer', { name: 'config_revision' })
  configRevision!: number;

  /** An event of this connection could not be applied, and later ones wait behind it: the row is older than the log. */
  @Column('boolean')
  stale!: boolean;

  @Column('bigint', { transformer: wholePosition })
  position!: bigint;

  /** Joined by the query; null: not known. */
  account!: ShownAccount | null;
}
