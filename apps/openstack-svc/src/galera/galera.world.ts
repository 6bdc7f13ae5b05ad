import type { Position } from './positions.js';

/** On an OpenStackDeployment: the member that begins the database when not all members can tell what they have. */
export const bootstrapAnnotation = 'keelson.dev/mariadb-bootstrap';

export interface GaleraMember {
  /** Its pod. */
  readonly name: string;
  readonly position: Position | undefined;
}

export interface GaleraWorld {
  readonly now: number;
  readonly namespace: string;
  readonly members: readonly GaleraMember[];
  /** How many members serve. */
  readonly ready: number;
  /** The StatefulSet has a status at all. */
  readonly hasStatus: boolean;
  /**
   * The ConfigMap that pods read: `initialised` once the cluster has served, `bootstrap` names who begins it anew,
   * `down_since` when nobody served any more, `uuid.<pod>` and `seqno.<pod>` what decided.
   */
  readonly data: Readonly<Record<string, string>>;
  /** The member that an operator names. */
  readonly asked: string | undefined;
}
