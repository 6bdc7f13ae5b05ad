import { LeaseKind, NodeKind, type Node, type NodeCondition } from '@keelson/api';
import { type Random, isFailure, messageOf, sleep } from '@keelson/std';
import type { Hardware } from '../world/hardware.js';
import { take } from '../world/pace.js';
import type { World } from '../world/world.js';
import type { ChildApi } from './child-api.js';
import type { Member } from './cluster.state.js';
import { conditionsOf, leaseOf, nodeLeaseNamespace, nodeOf } from './node.js';

export interface KubeletOptions {
  readonly world: Pick<World, 'clock' | 'pace' | 'timings' | 'log'>;
  readonly random: Random;
  readonly hardware: Hardware;
  readonly member: Member;
  readonly kubernetesVersion: string;
  /** The cluster's API, or undefined while it does not answer. */
  readonly api: () => ChildApi | undefined;
  readonly signal: AbortSignal;
}

const beatSeconds = 40;
const retrySeconds = 10;

/** A simulated kubelet: registers its node, reports Ready, renews its lease, until the host goes down. */
export async function runKubelet(options: KubeletOptions): Promise<void> {
  const { world, random, signal } = options;
  let isRegistered = false;
  let isReady = false;
  while (!signal.aborted) {
    try {
      const api = options.api();
      if (api !== undefined && !isReady) {
        // Once in its life, as real ones do: a Node that somebody deletes stays deleted.
        if (!isRegistered) await register(options, api);
        isRegistered = true;
        await take(world, random, world.timings.nodeReady, signal);
        isReady = await markReady(options);
      }
      if (isReady) isReady = await renew(options);
      await sleep(world.clock, (isReady ? beatSeconds * (0.9 + 0.2 * random.next()) : retrySeconds) * 1000, signal);
    } catch (error) {
      if (signal.aborted) return;
      isReady = false;
      world.log.debug(`kubelet of ${options.member.node} (simulated): ${messageOf(error)}`);
      await sleep(world.clock, retrySeconds * 1000, signal).catch(() => undefined);
    }
  }
}

/** Sets a node's conditions; what the control plane does for a node that it no longer hears. */
export async function setReadiness(api: ChildApi, node: string, conditions: readonly NodeCondition[]): Promise<void> {
  const present = await api.get(NodeKind, { name: node });
  const now = conditionOf(present);
  const next = conditions.find((condition) => condition.type === 'Ready');
  if (present === undefined || (now?.status === next?.status && now?.reason === next?.reason)) return;
  await api.patch(NodeKind, { name: node }, { status: { conditions } }, 'status');
}

async function register(options: KubeletOptions, api: ChildApi): Promise<void> {
  const { member, hardware, kubernetesVersion, world } = options;
  const node = nodeOf(member, hardware, kubernetesVersion, world.clock.now());
  const present = await api.get(NodeKind, { name: member.node });
  if (present === undefined) await api.create(NodeKind, node).catch(ignoreExisting);
  // As kubelets do, it brings its labels up to date whenever it starts; taints and cordons are not its own.
  await api.patch(NodeKind, { name: member.node }, { metadata: { labels: node.metadata.labels } });
  const { conditions, ...rest } = node.status ?? {};
  const status = present?.status?.conditions === undefined ? { ...rest, conditions } : rest;
  await api.patch(NodeKind, { name: member.node }, { status }, 'status');
}

async function markReady(options: KubeletOptions): Promise<boolean> {
  const api = options.api();
  if (api === undefined) return false;
  const now = options.world.clock.now();
  await setReadiness(
    api,
    options.member.node,
    conditionsOf('True', 'KubeletReady', 'simulated kubelet is posting ready status', now),
  );
  return true;
}

/** False when the node is to be looked at again: its API was away, or the node is gone or no longer Ready. */
async function renew(options: KubeletOptions): Promise<boolean> {
  const api = options.api();
  if (api === undefined) return false;
  const { node } = options.member;
  const ready = conditionOf(await api.get(NodeKind, { name: node }));
  const lease = leaseOf(node, options.world.clock.now());
  const key = { namespace: nodeLeaseNamespace, name: node };
  if ((await api.get(LeaseKind, key)) === undefined) await api.create(LeaseKind, lease).catch(ignoreExisting);
  else await api.patch(LeaseKind, key, { spec: lease.spec });
  return ready?.status === 'True';
}

function conditionOf(node: Node | undefined): NodeCondition | undefined {
  return node?.status?.conditions?.find((condition) => condition.type === 'Ready');
}

function ignoreExisting(error: unknown): void {
  if (!isFailure(error, 'conflict')) throw error;
}
