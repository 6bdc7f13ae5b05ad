import { whyItems } from '../lcmmachine/lcmmachine.why.js';
import { hostName } from './machine.claim.js';
import type { MachineWorld } from './machine.observe.js';
import { phaseIn } from './machine.state.js';

/** Why the machine goes to another state than the one it shows, as a sentence for the history; undefined when it does not. */
export function whyChanged(world: MachineWorld): string | undefined {
  const { machine, host } = world;
  const from = machine.status?.phase;
  const to = phaseIn(world);
  if (from === to) return undefined;
  const at = host === undefined ? 'its host' : `host ${hostName(host)}`;
  switch (to) {
    case 'Pending':
      return host === undefined ? undefined : whyItems(from, to);
    case 'AwaitsProvisioning':
      return `${at} is taken and its network is accepted; day1Provisioning is manual`;
    case 'Provision':
      return from === undefined || from === 'Pending' || from === 'AwaitsProvisioning'
        ? `${at} is taken and gets its operating system`
        : `${at} is no longer provisioned`;
    case 'Uninitialized':
      return from === 'Provision' ? `${at} is installed` : whyItems(from, to);
    case 'AwaitsDeployment':
      return 'its agent has reported; day1Deployment is manual';
    case 'Disabled':
      return 'spec.providerSpec.value.disable is set';
    case 'Deleting':
      return machine.metadata.deletionTimestamp === undefined
        ? 'spec.providerSpec.value.delete is set'
        : 'the Machine is deleted';
    case 'Ready':
      return 'all items are done and its node is Ready';
    default:
      return from === 'Disabled' ? 'spec.providerSpec.value.disable is unset' : whyItems(from, to);
  }
}
