import type { LCMMachineUpgradeStatus, MachineUpgradeStage } from '@keelson/api';
import { type DurationRecord, type Expectations, learnExpectations } from '@keelson/scheduler';
import { isOver } from '../stages/stages.js';

/** What to expect of a machine of which, and of whose group, no update was ever seen. Seconds. */
export const unknownSeconds = 1800;

const first: MachineUpgradeStage = 'Previous machines are deployed';
const last: MachineUpgradeStage = 'Machine Upgraded';

/**
 * How long the machines of a cluster take, by their last updates that came to an end: from the turn until the node was back
 * in use. The stages shown are the record, so nothing else has to be asked.
 */
export function expectationsFrom(
  statuses: readonly LCMMachineUpgradeStatus[],
  groupOf: (machine: string) => string,
): Expectations {
  return learnExpectations(statuses.flatMap((status) => recordOf(status, groupOf)));
}

function recordOf(status: LCMMachineUpgradeStatus, groupOf: (machine: string) => string): readonly DurationRecord[] {
  const at = (stage: MachineUpgradeStage): number =>
    Date.parse(status.stages.find(({ name }) => name === stage)?.timestamp ?? '');
  const seconds = (at(last) - at(first)) / 1000;
  const { name } = status.metadata;
  if (!isOver(status) || !(seconds > 0)) return [];
  return [
    {
      update: status.release,
      machine: name,
      machineClass: groupOf(name),
      seconds,
      expectedSeconds: unknownSeconds,
      failed: false,
    },
  ];
}
