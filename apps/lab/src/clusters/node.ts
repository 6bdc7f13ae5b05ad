import type { Lease, Node, NodeCondition } from '@keelson/api';
import { rfc3339, rfc3339Micro } from '@keelson/std';
import type { Hardware } from '../world/hardware.js';
import type { Member } from './cluster.state.js';

export const nodeLeaseNamespace = 'kube-node-lease';
/** Kubelets renew every 10 s by default; ours every 40 s, so that a thousand of them stay light. */
export const leaseSeconds = 160;

/** A Node as its simulated kubelet registers it: everything about it says that it is simulated. */
export function nodeOf(member: Member, hardware: Hardware, kubernetesVersion: string, now: number): Node {
  const control = member.role === 'control';
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: member.node,
      labels: {
        'kubernetes.io/hostname': member.node,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'keelson.dev/simulated': 'true',
        ...(control ? { 'node-role.kubernetes.io/control-plane': '', 'node-role.kubernetes.io/master': '' } : {}),
        ...member.labels,
      },
      annotations: { 'keelson.dev/simulated': 'this node is simulated by the Keelson lab; no kubelet runs' },
    },
    spec: { providerID: `keelson-lab://${hardware.id}` },
    status: {
      addresses: [
        ...(member.internalIP === undefined ? [] : [{ type: 'InternalIP', address: member.internalIP }]),
        { type: 'Hostname', address: member.node },
      ],
      capacity: capacityOf(hardware),
      allocatable: capacityOf(hardware),
      conditions: [...pressures(now), readiness('False', 'KubeletNotReady', 'the simulated kubelet is starting', now)],
      nodeInfo: {
        architecture: 'amd64',
        operatingSystem: 'linux',
        osImage: 'Keelson Lab (simulated)',
        kernelVersion: 'simulated',
        kubeletVersion: kubernetesVersion,
        kubeProxyVersion: kubernetesVersion,
        containerRuntimeVersion: 'simulated://0.1.0',
        machineID: hardware.uuid,
        systemUUID: hardware.uuid,
        bootID: hardware.uuid,
      },
    },
  };
}

/** All conditions of a node with the given readiness. */
export function conditionsOf(
  status: NodeCondition['status'],
  reason: string,
  message: string,
  now: number,
): readonly NodeCondition[] {
  return [...pressures(now), readiness(status, reason, message, now)];
}

export function leaseOf(node: string, now: number): Lease {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: node, namespace: nodeLeaseNamespace },
    spec: { holderIdentity: node, leaseDurationSeconds: leaseSeconds, renewTime: rfc3339Micro(now) },
  };
}

function readiness(status: NodeCondition['status'], reason: string, message: string, now: number): NodeCondition {
  return { type: 'Ready', status, reason, message, lastHeartbeatTime: rfc3339(now), lastTransitionTime: rfc3339(now) };
}

function pressures(now: number): readonly NodeCondition[] {
  const at = rfc3339(now);
  return ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
    type,
    status: 'False',
    reason: `KubeletHasNo${type}`,
    message: 'simulated',
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  }));
}

function capacityOf(hardware: Hardware): Record<string, string> {
  return {
    cpu: String(hardware.sockets * hardware.processor.cores * 2),
    memory: `${hardware.memoryGibibytes * 1024 * 1024}Ki`,
    pods: '110',
  };
}
