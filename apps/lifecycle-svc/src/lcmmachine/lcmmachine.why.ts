import type { LCMMachineState } from '@keelson/api';

/** Why the items of a machine bring it from one state to the next, as a sentence for the history. */
export function whyItems(from: string | undefined, to: LCMMachineState): string {
  switch (to) {
    case 'Uninitialized':
      return 'its agent has not reported yet';
    case 'Pending':
      return 'its agent has reported; it has no items yet';
    case 'Prepare':
      return isNew(from) ? 'its agent has reported and has its prepare items' : 'prepare items are to be run again';
    case 'Deploy':
      return isNew(from) || from === 'Prepare'
        ? 'its prepare items are done and its turn to deploy has come'
        : 'deploy items are to be run again';
    case 'Reconfigure':
      return from === 'Deploy' ? 'its deploy items are done' : 'what its reconfigure items depend on has changed';
    case 'Upgrade':
      return 'another version of the Kubernetes distribution is wanted than the one it runs';
    case 'Reboot':
      return 'a restart of its host is asked for';
    case 'Ready':
      return 'all items are done';
  }
}

function isNew(from: string | undefined): boolean {
  return from === undefined || from === 'Uninitialized' || from === 'Pending' || from === 'AwaitsDeployment';
}
