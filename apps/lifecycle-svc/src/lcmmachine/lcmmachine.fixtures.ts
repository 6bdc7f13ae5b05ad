import { aCluster, aMachine, anLcmCluster, anLcmMachine, answering, now } from '../machine/machine.fixtures.js';
import type { LcmMachineWorld } from './lcmmachine.observe.js';

/** A world in which the agent has just been heard and nothing is in its way; say what is different. */
export function anLcmWorld(more: Partial<LcmMachineWorld> = {}): LcmMachineWorld {
  const machine = more.machine ?? anLcmMachine();
  const part = machine.metadata.name.startsWith('cp') ? 'control' : 'worker';
  return {
    now,
    machine,
    owner: aMachine(machine.metadata.name),
    part,
    cluster: aCluster(),
    lcmCluster: anLcmCluster(),
    agent: undefined,
    registries: [],
    nodeIP: '127.20.0.21',
    lease: {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: machine.metadata.name, namespace: 'demo' },
      spec: { renewTime: new Date(now - 30_000).toISOString(), leaseDurationSeconds: 120 },
    },
    control: [],
    workers: [],
    deploymentSecret: `first-${part}-deployment`,
    secretHash: 'abc',
    child: answering,
    node: undefined,
    locks: [],
    drain: undefined,
    upgradeStatus: undefined,
    ...more,
  };
}
