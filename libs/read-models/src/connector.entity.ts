import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholePosition } from './whole-position';

/** A row of the view `connectors`: one template of the catalog as the log had it at `position`. */
@Entity({ schema: 'read_models', name: 'connectors', synchronize: false })
export class Connector {
  @PrimaryColumn('text')
  key!: string;

  @Column('integer')
  version!: number;

  @Column('text')
  name!: string;

  @Column('text', { name: 'name_folded' })
  nameFolded!: string;

  @Column('text')
  status!: string;

  @Column('text', { name: 'category_keys', array: true })
  categoryKeys!: readonly string[];

  /** What `GET /v1/connectors/{key}` shows, without the counts. */
  @Column('jsonb')
  definition!: Readonly<Record<string, unknown>>;

  @Column('boolean')
  stale!: boolean;

  @Column('bigint', { transformer: wholePosition })
  position!: bigint;
}
