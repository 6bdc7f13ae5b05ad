import type { Kind, KubeObject } from '@keelson/api';

/** What lifecycle-svc wants of this host: the part of LCMMachine's spec that an agent reads. */
export interface AgentMachine extends KubeObject {
  spec?: {
    clusterName?: string;
    type?: string;
    stateItems?: StateItem[];
    haltAgent?: boolean;
    rebootRequired?: boolean;
    agentConfig?: { version?: string; downloadURL?: string; sha256?: string };
  };
  status?: AgentStatus;
}

export interface StateItem {
  name: string;
  runner: string;
  version?: string;
  params?: Record<string, string>;
  phase?: string;
}

/** The members of LCMMachine's status that the agent writes, under its own field manager. */
export interface AgentStatus {
  stateItemStatuses?: Record<string, StateItemStatus>;
  addresses?: Address[];
  agentVersion?: string;
  lcmAgentUpgradeStatus?: AgentUpgrade;
  hostInfo?: Record<string, unknown>;
  reboot?: { requestedAt?: string | null; completed?: boolean; errorMessage?: string };
}

/** How the last replacement of the agent went. */
export interface AgentUpgrade {
  error?: string;
  attempt?: number;
  startedAt?: string | null;
  finishedAt?: string | null;
}

export interface StateItemStatus {
  hash?: string;
  exitCode?: number;
  message?: string;
  result?: unknown;
  attempt?: number;
  startedAt?: string | null;
  finishedAt?: string | null;
}

export interface Address {
  type: 'InternalIP' | 'Hostname';
  address: string;
}

/** LCMMachine as the agent sees it: the consumer's own narrow view, so that the agent is built and shipped alone. */
export const AgentMachineKind: Kind<AgentMachine> = {
  group: 'lcm.mirantis.com',
  version: 'v1alpha1',
  kind: 'LCMMachine',
  plural: 'lcmmachines',
  scope: 'Namespaced',
  hasStatus: true,
};

/** Who writes the agent's part of the status. */
export const agentFieldManager = 'host-agent';
