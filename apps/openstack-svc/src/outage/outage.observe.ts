import {
  NodeKind,
  type NodeOutage,
  OpenStackDeploymentStatusKind,
  type Pod,
  type StatefulSet,
  StatefulSetKind,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { isFailure } from '@keelson/std';
import { adminCredentialIn } from '../credentials/admin.js';
import { rolesOf } from '../locks/lock-controller.js';
import { maintenanceOptionsIn } from '../locks/maintenance-options.js';
import { clustered } from '../locks/nodelock.observe.js';
import { namespaces } from '../names.js';
import { awaySince, fenceOf, witnessOf } from './away.js';
import type { BoundPod, CloudView, OutageWorld } from './outage.world.js';
import { type PowerOf, powerWitness } from './power.js';
import type { Recovery, RecoveryOf } from './recovery.js';

/** Pods that are bound to a node, of all namespaces. They are asked for, since keeping all pods of a cluster would cost much. */
export type PodsOn = (node: string) => Promise<readonly Pod[]>;

export interface OutagePorts {
  readonly podsOn: PodsOn;
  readonly recoveryOf: RecoveryOf;
  readonly powerOf: PowerOf;
}

const ofTheCloud: readonly string[] = [namespaces.cloud, namespaces.redis];

export async function observeOutage(reader: Reader, outage: NodeOutage, ports: OutagePorts): Promise<OutageWorld> {
  const { nodeName: name, since: text } = outage.spec;
  const node = reader.get(NodeKind, { name });
  const since = Date.parse(text);
  const awayAgain = node === undefined ? undefined : awaySince(node);
  const { notReadySeconds } = maintenanceOptionsIn(reader);
  const presence = node === undefined ? 'gone' : awayAgain === undefined ? 'ready' : 'away';
  const isReturning = outage.status?.state === 'Returning';
  const isLost = presence === 'away' && !isReturning;
  const isCompute = node !== undefined && rolesOf(node).includes('compute');
  const told = witnessOf(reader, name);
  const [power, pods, cloud] = await Promise.all([
    isLost && told === undefined ? ports.powerOf(name) : undefined,
    isLost ? boundPods(reader, name, ports) : [],
    isCompute && hasCompute(reader) ? askCloud(reader, { name, since }, ports) : silent,
  ]);
  const witness = told ?? powerWitness(power);
  return {
    now: reader.now,
    outage,
    node: name,
    since,
    presence,
    isAwayAgain: isReturning && awayAgain !== undefined && reader.now - awayAgain >= notReadySeconds * 1000,
    witness,
    power,
    fence: fenceOf(reader, { node: name, isShown: witness !== undefined }),
    pods,
    ...cloud,
  };
}

const silent = { cloud: undefined, trouble: undefined };

function hasCompute(reader: Reader): boolean {
  return reader.list(OpenStackDeploymentStatusKind)[0]?.status?.services?.['compute'] !== undefined;
}

async function boundPods(reader: Reader, node: string, { podsOn }: OutagePorts): Promise<readonly BoundPod[]> {
  const sets = reader.list(StatefulSetKind).filter(({ metadata }) => ofTheCloud.includes(metadata.namespace ?? ''));
  return (await podsOn(node)).flatMap(({ metadata }) => {
    const { namespace = '', name, uid = '' } = metadata;
    const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (!ofTheCloud.includes(namespace) || owner === undefined || owner.kind === 'DaemonSet') return [];
    const set = sets.find((one) => owner.kind === 'StatefulSet' && one.metadata.name === owner.name);
    const heldBy = set === undefined ? undefined : heldBack(set);
    return [{ namespace, name, uid, isEnding: metadata.deletionTimestamp !== undefined, heldBy }];
  });
}

/** Members of a clustered set begin elsewhere only while the others are a majority: else two halves could both serve. */
function heldBack({ metadata, spec, status }: StatefulSet): string | undefined {
  const replicas = spec?.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  if (!clustered.includes(metadata.labels?.['application'] ?? '') || replicas === 1 || ready * 2 > replicas)
    return undefined;
  return `${metadata.name} has ${ready} of ${replicas} members, which is no majority; bring the missing members back first`;
}

async function askCloud(
  reader: Reader,
  { name, since }: { readonly name: string; readonly since: number },
  { recoveryOf }: OutagePorts,
): Promise<Pick<OutageWorld, 'cloud' | 'trouble'>> {
  const credential = adminCredentialIn(reader);
  if (credential === undefined)
    return { cloud: undefined, trouble: "the cloud cannot be asked: its administrator's credential is missing" };
  try {
    return { cloud: await viewOf(recoveryOf(credential), name, since), trouble: undefined };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { cloud: undefined, trouble: `the cloud cannot be asked: ${error.message}` };
  }
}

async function viewOf(recovery: Recovery, name: string, since: number): Promise<CloudView> {
  const compute = await recovery.computeOn(name);
  const protection = await recovery.protectionOf(name);
  const told = protection === undefined ? [] : await recovery.notificationsOf(protection);
  return { compute, protection, notification: told.find(({ generatedAt }) => generatedAt === since) };
}
