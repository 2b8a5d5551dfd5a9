import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholePosition } from './whole-position';

/** A row of the view `audit_entries`: one event of a connection or a connector, and who caused it. */
@Entity({ schema: 'read_models', name: 'audit_entries', synchronize: false })
export class AuditEntry {
  /** Where the event stands in the log. */
  @PrimaryColumn('bigint', { transformer: wholePosition })
  position!: bigint;

  @Column('uuid', { name: 'event_id' })
  eventId!: string;

  @Column('text')
  stream!: string;

  @Column('integer')
  revision!: number;

  /** The event's name, without the version it was stored in. */
  @Column('text')
  type!: string;

  /** Null: of a connector. */
  @Column('text', { name: 'workspace_id', nullable: true })
  workspaceId!: string | null;

  /** Null: of a connector. */
  @Column('text', { name: 'connection_id', nullable: true })
  connectionId!: string | null;

  @Column('text', { name: 'actor_kind' })
  actorKind!: string;

  @Column('text', { name: 'actor_id' })
  actorId!: string;

  @Column('text', { name: 'client_id', nullable: true })
  clientId!: string | null;

  @Column('text', { name: 'on_behalf_of', nullable: true })
  onBehalfOf!: string | null;

  @Column('uuid', { name: 'command_id' })
  commandId!: string;

  @Column('text', { name: 'correlation_id' })
  correlationId!: string;

  @Column('timestamptz', { name: 'occurred_at' })
  occurredAt!: Date;

  /** The event's, in the shape it had when it was read; of a connector's definition only the digest. */
  @Column('jsonb')
  data!: Readonly<Record<string, unknown>>;
}
