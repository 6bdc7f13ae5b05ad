import type { Http } from '@keelson/std';
import { amphoraApiOver } from './amphorae/amphora-api.js';
import { cloudLoadOver } from './balancer/cloud-load.js';
import { hypervisorsOver } from './locks/hypervisors.js';
import type { MoskPorts } from './mosk.js';
import { askMembersOver } from './ovn/member-report.js';
import { recoveryOver } from './outage/recovery.js';
import { cloudApisOver } from './probes/cloud-apis.js';

/** All that the reconcilers of a MOSK cluster ask of the cloud in it, by HTTP to the cluster's Services. */
export function cloudPortsOver(
  http: Http,
): Pick<MoskPorts, 'amphoraApiOf' | 'cloudLoadOf' | 'hypervisorsOf' | 'recoveryOf' | 'apis' | 'askMember'> {
  return {
    amphoraApiOf: amphoraApiOver(http),
    cloudLoadOf: cloudLoadOver(http),
    hypervisorsOf: hypervisorsOver(http),
    recoveryOf: recoveryOver(http),
    apis: cloudApisOver(http),
    askMember: askMembersOver(http),
  };
}
