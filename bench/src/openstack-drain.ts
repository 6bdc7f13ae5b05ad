import { apiVersionOf, type KubeObject, NodeMaintenanceRequestKind, NodeWorkloadLockKind } from '@keelson/api';
import { type BenchCloud, computeName } from './openstack-cloud.js';

export interface DrainOptions {
  /** How many computes are drained: the first by name. */
  readonly computes: number;
  /** How many the service lets be worked on at once. */
  readonly atOnce: number;
}

export interface DrainFigures {
  readonly computes: number;
  readonly instances: number;
  readonly atOnce: number;
  readonly zones: number;
  /** Virtual time from the requests to the last lock that is released. */
  readonly makespanSeconds: number;
  /** What no order of nodes and instances can beat, given what each instance took. */
  readonly boundSeconds: number;
  readonly makespanOverBound: number;
  /** Of an instance that went to a compute which was drained later. */
  readonly movesBeyondTheFirst: number;
  readonly failedMoves: number;
  /** Kubernetes API writes of the service for each node: turn, progress, release and return. */
  readonly writesPerNode: number;
}

/** All computes are asked for at once; each goes back into service as soon as its lock is released. */
export async function drain(cloud: BenchCloud, { computes, atOnce }: DrainOptions): Promise<DrainFigures> {
  const nodes = Array.from({ length: computes }, (_, n) => computeName(n));
  const { instances, migrations } = cloud.cluster.openstack.cloud;
  const first = new Map(nodes.flatMap((node) => instances.onHost(node).map(({ id }) => [id, node] as const)));
  const [mark, begun] = [cloud.calls.length, cloud.clock.now()];
  for (const node of nodes) await cloud.apply(requestFor(node));
  const waiting = new Set(nodes);
  await cloud.until('every compute has been drained', async () => {
    for (const { spec, status } of (await cloud.kube.list(NodeWorkloadLockKind)).items) {
      if (status?.state !== 'inactive' || !waiting.delete(spec.nodeName)) continue;
      await cloud.kube.delete(NodeMaintenanceRequestKind, { name: spec.nodeName });
    }
    return waiting.size === 0;
  });
  const makespanSeconds = (cloud.clock.now() - begun) / 1000;
  const done = migrations.list().filter(({ createdAt }) => createdAt >= begun);
  const seconds = new Map<string, number>();
  for (const { instance, source, durationMs, status } of done)
    if (status === 'completed' && first.get(instance.id) === source)
      seconds.set(source, (seconds.get(source) ?? 0) + durationMs / 1000);
  const zoneOf = (node: string): string => cloud.cluster.openstack.cloud.compute(node)?.zone ?? '';
  const boundSeconds = boundOf(seconds, zoneOf, atOnce);
  return {
    computes,
    instances: first.size,
    atOnce,
    zones: new Set(nodes.map(zoneOf)).size,
    makespanSeconds: rounded(makespanSeconds),
    boundSeconds: rounded(boundSeconds),
    makespanOverBound: rounded(makespanSeconds / boundSeconds),
    movesBeyondTheFirst: done.filter(({ status }) => status === 'completed').length - first.size,
    failedMoves: done.filter(({ status }) => status === 'error').length,
    writesPerNode: rounded(cloud.writesSince(mark) / computes),
  };
}

/**
 * One availability zone after the other. In each: a node takes as long as its instances do one after the other; so many
 * nodes at once share the rest; and those beyond go behind others.
 */
function boundOf(seconds: ReadonlyMap<string, number>, zoneOf: (node: string) => string, atOnce: number): number {
  const zones = new Map<string, number[]>();
  for (const [node, one] of seconds) zones.set(zoneOf(node), [...(zones.get(zoneOf(node)) ?? []), one]);
  return [...zones.values()].reduce((sum, zone) => {
    const sorted = zone.toSorted((a, b) => b - a);
    const shared = sorted.reduce((all, one) => all + one, 0) / atOnce;
    return sum + Math.max(sorted[0] ?? 0, shared, behindOneAnother(sorted, atOnce));
  }, 0);
}

/**
 * Of the `atOnce + j` longest the `atOnce - j + 1` longest cannot all have a place for themselves unless three of the rest
 * share one.
 */
function behindOneAnother(sorted: readonly number[], atOnce: number): number {
  const of = (place: number): number => sorted[place - 1] ?? 0;
  const beyond = Math.min(sorted.length - atOnce, atOnce);
  const bounds = Array.from({ length: Math.max(0, beyond) }, (_, i) =>
    Math.min(of(atOnce - i) + of(atOnce + i + 1), 3 * of(atOnce + i + 1)),
  );
  return Math.max(0, ...bounds);
}

function requestFor(nodeName: string): KubeObject {
  const request: KubeObject & { spec: object } = {
    apiVersion: apiVersionOf(NodeMaintenanceRequestKind),
    kind: NodeMaintenanceRequestKind.kind,
    metadata: { name: nodeName },
    spec: { nodeName, scope: 'os' },
  };
  return request;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
