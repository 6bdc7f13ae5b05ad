import { ConfigMapKind } from '@keelson/api';
import { blockedBy, type Outcome, waitingOn } from '@keelson/reconcile';
import { migrationHoldAnnotations, migrationHoldOf, migrationStateName } from '@keelson/mosk';
import { cloudKey } from '../cloud-world.js';
import type { Fault } from './fault.js';
import { type FaultyCloud, namespace } from './faulty-cloud.js';

const self = { kind: 'OpenStackDeployment', ...cloudKey };
const neutron = { kind: 'Neutron', name: 'neutron-server' };
const backup = { kind: 'Job', namespace, name: 'ovs-ovn-migration-backup' };

/** As sdn-svc writes it down: its own scenarios show that it does. */
function held(cloud: FaultyCloud, outcome: Outcome): Promise<void> {
  const annotations = migrationHoldAnnotations(migrationHoldOf(outcome));
  const metadata = { namespace, name: migrationStateName, annotations };
  return cloud.world.apply({ apiVersion: 'v1', kind: ConfigMapKind.kind, metadata });
}

const cure = ({ world }: FaultyCloud): Promise<unknown> =>
  world.api.delete(ConfigMapKind, { namespace, name: migrationStateName });

/** What holds up the migration of networks, which another service leads: the cloud tells it all the same. */
export const migrationFaults: readonly Fault[] = [
  {
    name: 'a critical check stands against the migration of networks',
    act: (cloud) =>
      held(cloud, blockedBy(self, 'PreflightFailed', 'Networks MTU size: network wide has an MTU of 1450')),
    cure,
    cause: self,
    says: /the migration of networks: Networks MTU size: network wide has an MTU of 1450/,
    isMoving: false,
  },
  {
    name: 'the migration of networks is paused',
    act: (cloud) => held(cloud, blockedBy(self, 'Paused', 'the migration stands before 30_DEPLOY_OVN_CONTROLLERS')),
    cure,
    cause: self,
    says: /the migration stands before 30_DEPLOY_OVN_CONTROLLERS/,
    isMoving: false,
  },
  {
    name: 'the backup before the migration of networks failed',
    act: (cloud) => held(cloud, blockedBy(backup, 'BackupFailed', 'the Job ovs-ovn-migration-backup has failed')),
    cure,
    cause: backup,
    says: /the migration of networks: the Job ovs-ovn-migration-backup has failed/,
    isMoving: false,
  },
  {
    name: 'a stage of the migration of networks is overdue',
    act: (cloud) => held(cloud, waitingOn(neutron, 'StageOverdue', 'the OVN controllers of cmp-1 do not report')),
    cure,
    cause: neutron,
    says: /the migration of networks: the OVN controllers of cmp-1 do not report/,
    isMoving: false,
  },
];
