import type { UpgradeStep } from '../../cloud/service.js';
import { checkedFirst } from '../../conventions/upgrades.js';

/** Of OVN: its controllers first, then the databases, then northd, and the API that writes into them last. */
export const networkingUpgrade: readonly UpgradeStep[] = [
  checkedFirst,
  { name: 'expand', does: 'run', components: ['db-sync-expand'] },
  { name: 'replace-ovn-controllers', does: 'replace', components: ['ovn-controller', 'ovn-controller-gateway'] },
  { name: 'replace-ovn-databases', does: 'replace', components: ['ovn-ovsdb-nb', 'ovn-ovsdb-sb'] },
  { name: 'replace-ovn-northd', does: 'replace', components: ['ovn-northd'] },
  { name: 'replace-server', does: 'replace', components: ['server'] },
  {
    name: 'replace-rpc-server',
    does: 'replace',
    components: ['rpc-server', 'ovn-maintenance-worker', 'periodic-workers'],
  },
  { name: 'contract', does: 'run', components: ['db-sync-contract'], closesWayBack: true },
  {
    name: 'replace-agents',
    does: 'replace',
    components: [
      'neutron-ovs-agent',
      'l3-agent',
      'l3-agent-dvr',
      'dhcp-agent',
      'metadata-agent',
      'ovn-metadata-agent',
      'sriov-agent',
      'bgp-dragent',
      'bagpipe-bgp',
      'ovn-vpn-agent',
      'neutron-portprober-agent',
    ],
  },
];
