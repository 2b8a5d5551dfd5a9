import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Who a connection is at its service. The vault keeps it, erasable and apart from the log; lists only join it. */
@Entity({ schema: 'vault', name: 'connection_accounts', synchronize: false })
export class ShownAccount {
  @PrimaryColumn('text', { name: 'workspace_id' })
  workspaceId!: string;

  @PrimaryColumn('text', { name: 'connection_id' })
  connectionId!: string;

  @Column('text', { name: 'account_id', nullable: true })
  id!: string | null;

  @Column('text', { name: 'account_label', nullable: true })
  label!: string | null;
}
