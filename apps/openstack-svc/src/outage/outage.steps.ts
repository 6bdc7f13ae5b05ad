import { NodeOutageKind, PodKind } from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';
import type { OutageStep } from './outage.plan.js';
import type { Recovery } from './recovery.js';

export function outageSteps(recovery: () => Recovery | undefined): StepTable<OutageStep> {
  return {
    remove: {
      describe: ({ pod, node, isByForce }) =>
        isByForce
          ? `remove the pod ${pod.namespace}/${pod.name} by force: ${node} is down`
          : `tell the pod ${pod.namespace}/${pod.name} to end: ${node} does not answer`,
      run: ({ pod: { namespace, name, uid }, isByForce }, writer) =>
        writer.delete(
          PodKind,
          { namespace, name },
          { uid, propagation: 'Background', ...(isByForce ? { gracePeriodSeconds: 0 } : {}) },
        ),
    },
    tell: {
      describe: ({ node }) => `tell Masakari that ${node} is down`,
      run: async ({ node, since }) => recovery()?.tellDown(node, since),
    },
    protect: {
      describe: ({ node }) => `let Masakari protect ${node} again`,
      run: async ({ host }) => recovery()?.protect(host),
    },
    enable: {
      describe: ({ node }) => `enable nova-compute on ${node}, which Masakari has disabled`,
      run: async ({ service }) => recovery()?.enableCompute(service.id),
    },
    close: {
      describe: ({ node }) => `end the outage of ${node}`,
      run: ({ node }, writer) => writer.delete(NodeOutageKind, { name: node }),
    },
  };
}
