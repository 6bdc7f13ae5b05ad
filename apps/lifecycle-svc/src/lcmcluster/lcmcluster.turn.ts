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

/**
 * A machine that may be updated, or only restarted, now. All of them stand in one annotation of the LCMCluster, moved by
 * compare-and-swap: so no two decisions can overdraw a budget. A turn ends when the machine is done and back in use.
 */
export interface UpdateTurn {
  readonly machine: string;
  readonly uid: string;
  /** Whether its host restarts on the way. */
  readonly reboots: boolean;
}

export const updateTurnsAnnotation = 'keelson.dev/update-turns';

export function updateTurnsOf(lcmCluster: LCMCluster | undefined): readonly UpdateTurn[] {
  const text = lcmCluster?.metadata.annotations?.[updateTurnsAnnotation] ?? '';
  return text.split(',').flatMap((one) => {
    const [machine, uid, how] = one.split('/');
    return machine === undefined || uid === undefined ? [] : [{ machine, uid, reboots: how === 'reboots' }];
  });
}

export function updateTurnsText(turns: readonly UpdateTurn[]): string | null {
  const texts = turns.map(({ machine, uid, reboots }) => `${machine}/${uid}${reboots ? '/reboots' : ''}`);
  return texts.length === 0 ? null : texts.join(',');
}
