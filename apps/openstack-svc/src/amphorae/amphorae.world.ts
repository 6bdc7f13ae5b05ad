import type { Secret } from '@keelson/api';
import type { Amphora, LoadBalancer } from '@keelson/openstack';
import type { AmphoraRotation } from '../cloud/amphora-rotation.js';

/** A credential that is rotated, as it is and as it is to be. */
export interface Succession {
  readonly name: string;
  readonly active: Secret | undefined;
  readonly next: Secret | undefined;
}

export interface AmphoraWorld {
  readonly now: number;
  readonly namespace: string;
  /** There are amphorae in this cloud. */
  readonly hasAmphorae: boolean;
  /** An operator asks for a rotation that is neither done nor given up. */
  readonly isDue: boolean;
  readonly asked: number;
  /** The rotation that is to be given up, as the annotation says. */
  readonly aborted: string | undefined;
  readonly rotation: AmphoraRotation | undefined;
  /** Of the authority of amphorae and the certificate of their controllers. */
  readonly successions: readonly Succession[];
  /** Why a rotation cannot begin yet; undefined when it can. */
  readonly notReady: string | undefined;
  /** What does not trust yet what the stage asks for, pods of before that still end included; undefined when all do. */
  readonly behind: string | undefined;
  /** Read only where it matters. */
  readonly balancing: Balancing | undefined;
}

export interface Balancing {
  readonly loadBalancers: readonly LoadBalancer[];
  /** Those that balance, or are to. */
  readonly amphorae: readonly Amphora[];
}
