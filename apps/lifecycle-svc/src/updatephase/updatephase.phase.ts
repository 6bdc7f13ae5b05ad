import type { LCMCluster, LCMClusterState, LCMMachine, LCMMachineState } from '@keelson/api';
import { updateTurnsOf } from '../lcmcluster/lcmcluster.turn.js';
import { lcmStateOf } from '../lcmmachine/lcmmachine.states.js';

/** What is done to a machine in its update, in the order of the stages in reference/mosk-api/lifecycle.md. */
export type PhaseName =
  | 'prepare'
  | 'locks'
  | 'drain'
  | 'os'
  | 'kubernetes'
  | 'reconfigure'
  | 'reboot'
  | 'rejoin'
  | 'uncordon';

/** What tells the phase of a machine. */
export interface PhaseInput {
  readonly machine: LCMMachine;
  readonly lcmCluster: LCMCluster | undefined;
  /** The drain of its node, while one is asked for or taken back. */
  readonly drain: LCMClusterState | undefined;
}

/** The phase a machine is in; undefined when it is not its turn. */
export function phaseOf({ machine, lcmCluster, drain }: PhaseInput): PhaseName | undefined {
  const { name } = machine.metadata;
  if (!updateTurnsOf(lcmCluster).some((turn) => turn.machine === name)) return undefined;
  if (drain?.spec.value === 'false') return 'uncordon';
  if (machine.spec.release !== lcmCluster?.spec.release)
    return drain !== undefined ? 'drain' : lcmStateOf(machine) === 'Prepare' ? 'prepare' : 'locks';
  return byItems[lcmStateOf(machine)] ?? (drain === undefined ? 'uncordon' : 'rejoin');
}

/** With the items of the new release, what its agent is at. */
const byItems: Readonly<Partial<Record<LCMMachineState, PhaseName>>> = {
  Prepare: 'os',
  Deploy: 'kubernetes',
  Upgrade: 'kubernetes',
  Reconfigure: 'reconfigure',
  Reboot: 'reboot',
};
