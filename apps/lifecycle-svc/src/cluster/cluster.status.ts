import {
  type Cluster,
  type ClusterConditionType,
  type ClusterProviderStatus,
  type ClusterRelease,
  type ClusterStatus,
  type Condition,
  providerPayloads,
} from '@keelson/api';
import type { PlanResult } from '@keelson/reconcile';
import { hasLeft, isDisabled, isReady, isRebootRequired, named, troubleOf } from '../membership.js';
import { apiPort } from '../names.js';
import { cephStatus } from './cluster.ceph.js';
import { helmCondition, helmStatus } from './cluster.helm.js';
import { hostedConditions, isHosted } from './cluster.hosted.js';
import { maintenanceStatus } from './cluster.maintenance.js';
import type { ClusterWorld, Upgrade } from './cluster.observe.js';
import { authorityIn } from './cluster.pki.js';
import { hostOf, troubleText } from './cluster.plan.js';
import type { ClusterPhase } from './cluster.states.js';
import type { ClusterStep } from './cluster.steps.js';

/** The whole status of a Cluster. Its `ready` is never better than the evidence: an API that is silent makes it false. */
export function clusterStatus(world: ClusterWorld, { outcome }: PlanResult<ClusterStep>): ClusterStatus | undefined {
  // The next pass comes at once and sees what this one has changed: one write for both.
  if (outcome.type === 'progressing') return undefined;
  const host = hostOf(world);
  const conditions = conditionsOf(world, outcome.type === 'blocked' ? outcome.message : undefined);
  const ready = isReadyBy(conditions, world);
  const wasReady = ready || world.cluster.status?.providerStatus?.['wasReady'] === true;
  const phase = phaseFrom(world.cluster, {
    ready,
    wasReady,
    isBlocked: outcome.type === 'blocked',
    isBuilt: world.lcmCluster !== undefined || isHosted(world),
  });
  return {
    ...(host === undefined ? {} : { apiEndpoints: [{ host, port: apiPort }] }),
    ...(outcome.type === 'blocked' ? { errorReason: outcome.reason, errorMessage: outcome.message } : {}),
    providerStatus: { ...providerStatusOf(world, conditions, ready), phase, ...(wasReady ? { wasReady } : {}) },
  };
}

/** Every condition that its readiness is made of holds. */
export function isWhole(world: ClusterWorld): boolean {
  return isReadyBy(conditionsOf(world, undefined), world);
}

function isReadyBy(conditions: readonly Condition[], { cluster }: ClusterWorld): boolean {
  return (
    cluster.metadata.deletionTimestamp === undefined &&
    conditions.every(({ ready, type }) => ready || type === 'RebootMachines')
  );
}

function providerStatusOf(
  world: ClusterWorld,
  conditions: readonly Condition[],
  ready: boolean,
): ClusterProviderStatus {
  const { cluster, machines, child } = world;
  const host = hostOf(world);
  const authority = authorityIn(world.secrets.authority);
  // One that is lost stays shown: by it the cluster knows that it must not make another.
  const certificate =
    authority === undefined
      ? cluster.status?.providerStatus?.apiServerCertificate
      : Buffer.from(authority.certPem, 'utf8').toString('base64');
  const disabled = machines.filter(isDisabled).length;
  return {
    apiVersion: providerPayloads.apiVersion,
    kind: providerPayloads.clusterStatus,
    ready,
    conditions: [...conditions],
    observedGeneration: cluster.metadata.generation ?? 0,
    nodes: {
      requested: countedOf(world).length,
      ready: countedOf(world).filter(isReady).length,
      ...(disabled === 0 ? {} : { disabled }),
    },
    ...maintenanceStatus(world),
    ...helmStatus(world),
    ...cephStatus(world),
    ...releaseRefsOf(world),
    ...(host === undefined
      ? {}
      : {
          loadBalancerHost: host,
          loadBalancerStatus: {
            id: host,
            ready: child.contact.answers,
            status: child.contact.answers ? 'answers' : 'silent',
          },
        }),
    ...(certificate === undefined ? {} : { apiServerCertificate: certificate }),
  };
}

/**
 * `current` is what all of the cluster is on; it moves when the last machine of an update is done. While one is under way
 * there is no other way to go than on.
 */
function releaseRefsOf(world: ClusterWorld): Pick<ClusterProviderStatus, 'releaseRefs'> {
  const { cluster, release, machines } = world;
  const refs = cluster.status?.providerStatus?.releaseRefs;
  // Gone while it is in use: what the cluster is on is no other release for that.
  if (release === undefined) return refs === undefined || machines.length === 0 ? {} : { releaseRefs: refs };
  const left = machines.length === 0 || refs?.current?.name === release.metadata.name ? undefined : refs?.current;
  const isOver = left !== undefined && isUpdateOver(world);
  // Told anew while it can be: a release may be pulled back while clusters are on it.
  const before = world.current === undefined ? left : currentReference(world.current, world);
  const available = left === undefined ? world.upgrades : world.upgrades.filter((one) => one.release === release);
  return {
    releaseRefs: {
      current: left === undefined || isOver ? currentReference(release, world) : before,
      ...(isOver ? { previous: before } : refs?.previous === undefined ? {} : { previous: refs.previous }),
      ...(machines.length === 0 ? {} : { available: isOver ? [] : available.map(referenceTo) }),
    },
  };
}

/** The release that an update leaves; undefined when none is under way. */
export function updatedFrom({ current, release }: ClusterWorld): ClusterRelease | undefined {
  return current !== undefined && current.metadata.name !== release?.metadata.name ? current : undefined;
}

function isUpdateOver({ release, lcmCluster }: ClusterWorld): boolean {
  return lcmCluster?.spec.release === release?.spec.version && lcmCluster?.status?.release === release?.spec.version;
}

function currentReference(
  { metadata, spec: { version, lcmType, allowedNodeLabels } }: ClusterRelease,
  { cluster, unsupportedSince }: ClusterWorld,
) {
  // It is known of what the cluster is on, and of no other release.
  const isOn = metadata.name === cluster.status?.providerStatus?.releaseRefs?.current?.name;
  return {
    name: metadata.name,
    version,
    ...(lcmType === undefined ? {} : { lcmType }),
    ...(allowedNodeLabels === undefined ? {} : { allowedNodeLabels }),
    ...(isOn && unsupportedSince !== undefined ? { unsupportedSinceKaaSVersion: unsupportedSince } : {}),
  };
}

function referenceTo({ release, rebootRequired }: Upgrade) {
  return { name: release.metadata.name, version: release.spec.version, rebootRequired };
}

function conditionsOf(world: ClusterWorld, problem: string | undefined): readonly Condition[] {
  if (isHosted(world)) return hostedConditions(world, problem);
  return [
    providerCondition(world, problem),
    addressCondition(world),
    apiCondition(world),
    nodesCondition(world),
    agentsCondition(world),
    ...helmCondition(world),
    ...rebootCondition(world),
  ];
}

function providerCondition({ release, lcmCluster }: ClusterWorld, problem: string | undefined): Condition {
  if (problem !== undefined) return condition('Provider', false, problem);
  if (release === undefined || lcmCluster === undefined)
    return condition('Provider', false, 'the certificates and the LCMCluster of the cluster are not made yet');
  return condition('Provider', true, `built from release ${release.metadata.name}`);
}

function addressCondition(world: ClusterWorld): Condition {
  const host = hostOf(world);
  return host === undefined
    ? condition('LoadBalancer', false, 'the API has no address yet')
    : condition('LoadBalancer', true, `the address of the API is ${host}`);
}

function apiCondition({ child }: ClusterWorld): Condition {
  return child.contact.answers
    ? condition('Kubernetes', true, 'the API answers')
    : condition('Kubernetes', false, `the API does not answer: ${child.contact.why}`);
}

function nodesCondition(world: ClusterWorld): Condition {
  const counted = countedOf(world);
  const missing = counted.filter((machine) => !isReady(machine));
  if (counted.length === 0) return condition('Nodes', false, 'the cluster has no machines');
  const message = `${counted.length - missing.length} of ${counted.length} nodes are ready`;
  const first = missing.find((machine) => troubleOf(machine) !== undefined);
  return condition(
    'Nodes',
    missing.length === 0,
    missing.length === 0
      ? message
      : `${message}; not ready: ${named(missing)}${first === undefined ? '' : troubleText(first)}`,
  );
}

function agentsCondition({ lcmMachines }: ClusterWorld): Condition {
  const stuck = lcmMachines.filter((machine) => machine.status?.lcmOperationStuck === true);
  const first = stuck[0]?.status?.lcmOperationStuckMessage ?? '';
  return stuck.length === 0
    ? condition('LCMAgent', true, 'no agent is stuck or silent')
    : condition('LCMAgent', false, `stuck: ${named(stuck)}. ${first}`);
}

/** Shown while hosts of the cluster should be restarted; the cluster is ready all the same. */
function rebootCondition(world: ClusterWorld): readonly Condition[] {
  const due = countedOf(world).filter(isRebootRequired);
  if (due.length === 0) return [];
  const { name } = world.cluster.metadata;
  const message = `to be restarted: ${named(due)}; ask for it by a GracefulRebootRequest ${name}`;
  return [condition('RebootMachines', false, message)];
}

/** Machines that count as nodes of the cluster. */
function countedOf({ machines }: ClusterWorld) {
  return machines.filter((machine) => !isDisabled(machine) && !hasLeft(machine));
}

function phaseFrom(
  cluster: Cluster,
  is: { ready: boolean; wasReady: boolean; isBlocked: boolean; isBuilt: boolean },
): ClusterPhase {
  if (cluster.metadata.deletionTimestamp !== undefined) return 'Deleting';
  if (is.isBlocked) return 'Blocked';
  if (is.ready) return 'Ready';
  if (is.wasReady) return 'Degraded';
  return is.isBuilt ? 'Deploying' : 'Pending';
}

function condition(type: ClusterConditionType, ready: boolean, message: string): Condition {
  return { type, ready, message };
}
