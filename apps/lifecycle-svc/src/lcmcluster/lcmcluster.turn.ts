import type { LCMCluster } from '@keelson/api';
import type { ControlPlaneRole } from '../lcmmachine/lcmmachine.items.js';

/**
 * Whose turn it is to deploy its part of the control plane. Kept in one annotation of the LCMCluster and moved by
 * compare-and-swap: whatever caches show, there is one holder.
 */
export interface Turn {
  readonly machine: string;
  /** Of the Machine, so that one made anew under the name of a deleted one does not inherit its turn. */
  readonly uid: string;
  readonly role: ControlPlaneRole;
}

export const turnAnnotation = 'keelson.dev/turn';

export function turnOf(lcmCluster: LCMCluster | undefined): Turn | undefined {
  const [machine, uid, role] = lcmCluster?.metadata.annotations?.[turnAnnotation]?.split('/') ?? [];
  if (machine === undefined || uid === undefined || (role !== 'init' && role !== 'join')) return undefined;
  return { machine, uid, role };
}

export function turnText(turn: Turn): string {
  return `${turn.machine}/${turn.uid}/${turn.role}`;
}
