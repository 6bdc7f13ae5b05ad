import type { KubeObject } from '@keelson/api';
import type { Cloud } from '../../cloud/cloud.js';
import type { MigrationStage } from '../../cloud/migration.js';
import type { ConfigFile } from '../../cloud/service.js';
import { commandProbe } from '../../conventions/probes.js';
import { type Chart, chartOf } from '../../render/chart.js';
import { type Script, script } from '../../render/files.js';
import type { Workload } from '../../render/kubernetes.js';
import { agentPart, agentSets, routerAgents } from './agents/agents.js';
import type { ServerFiles } from './config.js';
import { ovnAgents, ovnControllers } from './ovn/ovn.js';
import { migrationSync } from './ovn/database-sync.js';
import { ovnController } from './scripts.js';

/** What of neutron runs in a stage of the migration to OVN. */
export interface MigrationParts {
  readonly hasServer: boolean;
  readonly daemonSets: readonly Workload[];
  readonly files: readonly ConfigFile[];
  readonly scripts: readonly Script[];
  /** Before the server starts. */
  readonly jobs: readonly Workload[];
  /** The last that is applied: sdn-svc sees by it that all before it is ready. */
  readonly marker: KubeObject;
}

/** During the migration controllers have a bridge of their own, so that agents keep theirs. */
const aside = 'br-migration';
const besideAgents = ovnController
  .replaceAll('br-int', aside)
  .replace('external-ids:ovn-encap-type', `external-ids:ovn-bridge=${aside} external-ids:ovn-encap-type`);
/** Of agents of DHCP and routers; routers of these answer for addresses that are OVN's now. */
const removeNamespaces = String.raw`remove_namespaces() {
  ip netns list | awk '/^(qdhcp|qrouter|snat|fip)-/ {print $1}' | while read -r name; do ip netns delete "$name"; done
}
`;
/** Namespaces go when the controller has its flows: until then their routers forward. */
const takingOver = ovnController.replace(
  'exec ovn-controller',
  `ovs-vsctl --timeout=30 remove open . external-ids ovn-bridge -- --if-exists del-br ${aside}
${removeNamespaces}(
  until ovn-appctl -t ovn-controller connection-status 2>/dev/null | grep -qx connected; do sleep 1; done
  remove_namespaces
) &
exec ovn-controller`,
);
const cleanUp = String.raw`#!/bin/sh
set -eu
${removeNamespaces}remove_namespaces
ovs-vsctl --timeout=30 --if-exists del-br br-tun
touch /tmp/clean
exec sleep infinity
`;

export function migrationParts(cloud: Cloud, stage: MigrationStage, files: ServerFiles): MigrationParts {
  const chart = chartOf(cloud, 'networking', 'neutron');
  const marker = markerOf(chart, stage);
  const routers = routerAgents(cloud);
  switch (stage) {
    case '20_DEPLOY_OVN_DB':
      return { ...routers, hasServer: false, scripts: [], jobs: [], marker };
    case '30_DEPLOY_OVN_CONTROLLERS': {
      const own = ovnControllers(cloud, script(chart, 'ovn-controller-beside.sh', besideAgents));
      return { ...both(routers, own), hasServer: true, jobs: [migrationSync(chart, files)], marker };
    }
    case '40_MIGRATE_DATAPLANE': {
      const own = ovnControllers(cloud, script(chart, 'ovn-controller-takeover.sh', takingOver));
      return { ...both(routers, own), hasServer: true, jobs: [migrationSync(chart, files)], marker };
    }
    case '50_FINALIZE_MIGRATION':
      return { ...ovnAgents(cloud), hasServer: true, jobs: [], marker };
    case '60_CLEANUP':
      return { ...both(cleaner(cloud), ovnAgents(cloud)), hasServer: true, jobs: [], marker };
  }
}

type Sets = Pick<MigrationParts, 'daemonSets' | 'files'> & { readonly scripts?: readonly Script[] };

function both(first: Sets, second: Sets): Pick<MigrationParts, 'daemonSets' | 'files' | 'scripts'> {
  return {
    daemonSets: [...first.daemonSets, ...second.daemonSets],
    files: [...first.files, ...second.files],
    scripts: [...(first.scripts ?? []), ...(second.scripts ?? [])],
  };
}

/** Removes what the agents left on each node, then stays, so that it is seen that it is done. */
function cleaner(cloud: Cloud): Sets {
  const clean = script(chartOf(cloud, 'networking', 'neutron'), 'neutron-migration-cleanup.sh', cleanUp);
  const sets = agentSets(cloud, () =>
    agentPart({
      component: 'migration-cleanup',
      roles: ['network'],
      files: [],
      scripts: [clean],
      container: { image: 'openvswitch', command: [clean.path], env: [], ...commandProbe('test', '-f', '/tmp/clean') },
    }),
  );
  return { ...sets, scripts: [clean] };
}

function markerOf({ cloud }: Chart, stage: MigrationStage): KubeObject {
  const marker: KubeObject & { readonly data: object } = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'ovs-ovn-migration-rendered',
      namespace: cloud.namespace,
      labels: { application: 'ovs-ovn-migration' },
    },
    data: { stage },
  };
  return marker;
}
