import {
  apiVersionOf,
  type ConfigMap,
  ConfigMapKind,
  type Node,
  NodeKind,
  type NodeMaintenanceRequest,
  NodeMaintenanceRequestKind,
  type NodeOutage,
  NodeOutageKind,
  type ObjectKey,
  type OpenStackDeployment,
  OpenStackDeploymentKind,
} from '@keelson/api';
import { input, type Plan, progressing, type Reader, type Reconciler, settled, waitingOn } from '@keelson/reconcile';
import { rfc3339 } from '@keelson/std';
import { rolesOf } from '../locks/lock-controller.js';
import { maintenanceOptionsIn } from '../locks/maintenance-options.js';
import { withOptions } from '../options/rockoon-config.js';
import { awaySince } from './away.js';
import { whatMatters } from './outage.reconciler.js';

interface AwayNode {
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export interface OutagesWorld {
  readonly now: number;
  /** Nodes with a part in the cloud that are not Ready, and that nobody works on. */
  readonly away: readonly AwayNode[];
  /** Nodes that have an outage. */
  readonly known: ReadonlySet<string>;
  readonly notReadySeconds: number;
}

export interface OpenStep {
  readonly type: 'open';
  readonly node: string;
  readonly since: string;
}

/** Notices nodes of the cloud that have not been Ready for long. */
export function outagesReconciler(): Reconciler<OpenStackDeployment, OutagesWorld, OpenStep> {
  return {
    name: 'openstack/outages',
    kind: OpenStackDeploymentKind,
    summary: 'Notices nodes of the cloud that have not been Ready for long.',
    inputs: [
      input<Node>({ kind: NodeKind, mapToOwn: everyCloud, relevant: whatMatters }),
      input<NodeOutage>({ kind: NodeOutageKind, mapToOwn: everyCloud, relevant: ({ spec }) => spec }),
      input<NodeMaintenanceRequest>({ kind: NodeMaintenanceRequestKind, mapToOwn: everyCloud }),
      input<ConfigMap>({ kind: ConfigMapKind, selection: withOptions, mapToOwn: () => [] }),
    ],
    outputs: [{ kind: NodeOutageKind, mode: 'shared', verbs: ['apply'] }],
    concurrency: 1,
    resyncSeconds: 300,
    observe: async (reader, deployment) => observe(reader, deployment),
    plan: planOutages,
    steps: {
      open: {
        describe: ({ node, since }) => `see to what ${node} carries: it has not been Ready since ${since}`,
        run: async ({ node, since }, writer) => {
          const outage: NodeOutage = {
            apiVersion: apiVersionOf(NodeOutageKind),
            kind: NodeOutageKind.kind,
            metadata: { name: node },
            spec: { nodeName: node, since },
          };
          await writer.apply(NodeOutageKind, outage, { force: true });
        },
      },
    },
    status: () => undefined,
  };
}

function observe(reader: Reader, { spec, metadata }: OpenStackDeployment): OutagesWorld {
  const isOff = spec.draft === true || metadata.deletionTimestamp !== undefined;
  // A node that is worked on is away on purpose, and its instances have left.
  const worked = new Set(reader.list(NodeMaintenanceRequestKind).map((request) => request.spec.nodeName));
  return {
    now: reader.now,
    away: isOff
      ? []
      : reader.list(NodeKind).flatMap((node) => {
          const since = awaySince(node);
          const { name } = node.metadata;
          return since === undefined || rolesOf(node).length === 0 || worked.has(name) ? [] : [{ node: name, since }];
        }),
    known: new Set(reader.list(NodeOutageKind).map((outage) => outage.spec.nodeName)),
    notReadySeconds: maintenanceOptionsIn(reader).notReadySeconds,
  };
}

/** Pure. A node that may just flap is looked at again when it has been away for too long. */
export function planOutages({ now, away, known, notReadySeconds }: OutagesWorld): Plan<OpenStep> {
  const fresh = away.filter(({ node }) => !known.has(node));
  const leftMs = ({ since }: AwayNode): number => since + notReadySeconds * 1000 - now;
  const steps = fresh
    .filter((one) => leftMs(one) <= 0)
    .map(({ node, since }) => ({ type: 'open', node, since: rfc3339(since) }) as const);
  if (steps.length > 0) return { steps, outcome: progressing() };
  const [next] = fresh.toSorted((a, b) => leftMs(a) - leftMs(b));
  if (next === undefined) return { steps: [], outcome: settled };
  const message = `${next.node} is not Ready; it counts as lost when that has lasted ${notReadySeconds} s`;
  const on = { kind: 'Node', name: next.node };
  return { steps: [], outcome: waitingOn(on, 'NodeNotReady', message, Math.max(1, leftMs(next) / 1000)) };
}

function everyCloud(_: unknown, reader: Reader): readonly ObjectKey[] {
  return reader.list(OpenStackDeploymentKind).map(({ metadata }) => metadata);
}
