import { ClusterUpdatePlanKind, type Machine, type Reference, finalizers, keyText } from '@keelson/api';
import { type Outcome, type Plan, blockedBy, progressing, settled, waitingOn } from '@keelson/reconcile';
import { type KeyAndCertificate, equalJson } from '@keelson/std';
import { covers } from '../covers.js';
import { hasLeft, isClosing, isDisabled, isReady, named, troubleOf } from '../membership.js';
import { apiAddressOf, clusterKeyOf, endpointOf } from '../names.js';
import { wantedBundle } from './cluster.charts.js';
import { planClusterDeletion } from './cluster.deletion.js';
import { hostedOutcome, isHosted } from './cluster.hosted.js';
import { lcmClusterSpec } from './cluster.lcm.js';
import type { ClusterWorld } from './cluster.observe.js';
import { administratorOptions, authorityIn, isCurrent, issuedFor, serverCertificateOptions } from './cluster.pki.js';
import { isMaintenanceOn, maintenanceOutcome } from './cluster.maintenance.js';
import { deploymentStagesOf } from './cluster.stages.js';
import { phaseOf } from './cluster.states.js';
import { updatedFrom } from './cluster.status.js';
import type { ClusterStep } from './cluster.steps.js';
import { planOutcome, upgradeOutcome, wayOutcome } from './cluster.upgrade.js';

/** What a Cluster needs next: its address, its certificates, its LCMCluster; then it waits for its machines. */
export function planCluster(world: ClusterWorld): Plan<ClusterStep> {
  const { cluster } = world;
  if (isClosing(cluster)) return planClusterDeletion(world);
  if (cluster.metadata.finalizers?.includes(finalizers.cluster) !== true) {
    return { steps: [{ type: 'hold', cluster }], outcome: progressing('the cluster is taken into care') };
  }
  const problem = problemOf(world);
  if (problem !== undefined) return { steps: [], outcome: problem };
  if (isHosted(world)) return { steps: [], outcome: withUpgrade(world, hostedOutcome(world)) };
  const host = hostOf(world);
  if (host === undefined) return planAddress(world);
  const authority = authorityIn(world.secrets.authority);
  if (authority === undefined)
    return {
      steps: [{ type: 'make-authority', cluster }],
      outcome: progressing('its certificate authority is made'),
      why: 'the cluster gets its certificates',
    };
  const steps: ClusterStep[] = [
    ...issueSteps(world, authority, host),
    ...lcmClusterSteps(world, host),
    ...bundleSteps(world),
  ];
  if (steps.length > 0)
    return {
      steps,
      outcome: progressing('certificates and the LCMCluster are written'),
      why: `the API of the cluster will be at ${endpointOf(host)}`,
    };
  const stages = deploymentStagesOf(world, host);
  return {
    steps: stages === undefined ? [] : [{ type: 'tell-stages', cluster, stages }],
    outcome: withUpgrade(world, outcomeOf(world)),
    ...whyOf(world),
  };
}

/** Address of the API: the one the operator fixed, or the one that IPAM gave out. */
export function hostOf(world: ClusterWorld): string | undefined {
  return (
    world.cluster.spec.providerSpec.value?.loadBalancerHost ??
    (world.address?.status?.phase === 'Active' ? world.address.status.address : undefined)
  );
}

/** What only an operator can cure. */
function problemOf(world: ClusterWorld): Outcome | undefined {
  const { cluster, releaseName, release, knownReleases, secrets } = world;
  if (releaseName === undefined)
    return blockedBy(
      self(cluster),
      'ReleaseMissing',
      `spec.providerSpec.value.release is not set: name one of the ClusterReleases ${named(knownReleases, 10)}`,
    );
  if (release === undefined) {
    const known = knownReleases.length === 0 ? 'there is none at all' : `there are ${named(knownReleases, 10)}`;
    const { current, lcmCluster } = world;
    const isOnItsWay =
      current !== undefined && lcmCluster !== undefined && lcmCluster.spec.release !== current.spec.version;
    return blockedBy(
      { kind: 'ClusterRelease', name: releaseName },
      'UnknownRelease',
      isOnItsWay
        ? `the ClusterRelease ${releaseName} is gone and the cluster is on its way there: what has begun goes on as it was given, and ends when the release is restored`
        : `there is no ClusterRelease ${releaseName}; ${known}: correct spec.providerSpec.value.release`,
    );
  }
  if (
    cluster.status?.providerStatus?.apiServerCertificate !== undefined &&
    authorityIn(secrets.authority) === undefined
  ) {
    return blockedBy(
      { kind: 'Secret', namespace: cluster.metadata.namespace, name: `${cluster.metadata.name}-ca` },
      'AuthorityLost',
      `the Secret ${cluster.metadata.name}-ca with the certificate authority of the cluster is gone; a new authority would lock out its nodes: restore the Secret from a backup`,
    );
  }
  return undefined;
}

function planAddress({ cluster, addressSubnets, address }: ClusterWorld): Plan<ClusterStep> {
  const { namespace, name } = cluster.metadata;
  const reference: Reference = { kind: 'IPaddr', namespace, name: apiAddressOf(name) };
  const subnet = addressSubnets[0];
  if (address === undefined) {
    if (subnet === undefined) {
      const message = `the API has no address: set spec.providerSpec.value.loadBalancerHost, or make a Subnet with the labels ipam/SVC-LBhost and cluster.sigs.k8s.io/cluster-name=${name}`;
      return {
        steps: [],
        outcome: blockedBy({ kind: 'Subnet', namespace, name: `(ipam/SVC-LBhost of ${name})` }, 'NoAddress', message),
      };
    }
    return {
      steps: [{ type: 'ask-for-address', cluster, subnet: subnet.metadata.name }],
      outcome: progressing(`an address of the subnet ${subnet.metadata.name} is asked for`),
    };
  }
  const refused = address.status?.phase === 'Failed';
  const message = refused
    ? `the API gets no address: ${address.status?.reason ?? 'no reason given'}`
    : `waits for an address of the subnet ${address.spec.subnetRef}`;
  return { steps: [], outcome: waitingOn(reference, refused ? 'AddressRefused' : 'AddressPending', message) };
}

function issueSteps(world: ClusterWorld, authority: KeyAndCertificate, host: string): ClusterStep[] {
  const { cluster, secrets, now } = world;
  const server = issuedFor(authority, ['server', host]);
  const trust = issuedFor(authority, ['trust']);
  const client = issuedFor(authority, ['administrator', host]);
  const steps: ClusterStep[] = [];
  if (!isCurrent(secrets.control, server, ['ca.crt', 'tls.crt', 'tls.key'], now)) {
    steps.push({
      type: 'issue-deployment',
      cluster,
      authority,
      purpose: server,
      options: serverCertificateOptions(cluster, host, now),
      now,
    });
  }
  if (!isCurrent(secrets.worker, trust, ['ca.crt'], now))
    steps.push({ type: 'share-authority', cluster, certPem: authority.certPem, purpose: trust, now });
  if (!isCurrent(secrets.kubeconfig, client, ['value'], now)) {
    steps.push({
      type: 'issue-kubeconfig',
      cluster,
      authority,
      purpose: client,
      options: administratorOptions(now),
      server: endpointOf(host),
      now,
    });
  }
  return steps;
}

function lcmClusterSteps(world: ClusterWorld, host: string): ClusterStep[] {
  const { cluster, release, lcmCluster } = world;
  if (release === undefined) return [];
  const edge = world.upgrades.find((upgrade) => upgrade.release === release);
  // What the way to this release asks for stands as long as the cluster is on its way or there.
  const reboot = edge?.rebootRequired ?? lcmCluster?.spec.nodesRebootRequired === true;
  const spec = lcmClusterSpec(cluster, release, host, { maintenance: isMaintenanceOn(world), reboot });
  return covers(lcmCluster?.spec, spec) ? [] : [{ type: 'apply-lcmcluster', cluster, spec }];
}

function bundleSteps(world: ClusterWorld): ClusterStep[] {
  const spec = wantedBundle(world);
  if (spec === undefined || (world.bundle !== undefined && equalJson(world.bundle.spec, spec))) return [];
  return [{ type: 'apply-helmbundle', cluster: world.cluster, spec }];
}

function outcomeOf(world: ClusterWorld): Outcome {
  const { cluster, machines, child } = world;
  const { namespace, name } = cluster.metadata;
  const counted = machines.filter((machine) => !isDisabled(machine) && !hasLeft(machine));
  if (counted.length === 0)
    return waitingOn(
      { kind: 'Machine', namespace, name: `(of ${name})` },
      'NoMachines',
      `the cluster has no machines: make Machines with the label cluster.sigs.k8s.io/cluster-name=${name}`,
    );
  const update = updateOutcome(world);
  if (update !== undefined) return update;
  const maintenance = maintenanceOutcome(world);
  if (maintenance !== undefined) return maintenance;
  const missing = counted.filter((machine) => !isReady(machine));
  const first = missing.find((machine) => troubleOf(machine) !== undefined) ?? missing[0];
  if (first !== undefined)
    return waitingOn(
      { kind: 'Machine', namespace, name: first.metadata.name },
      'MachinesNotReady',
      `not ready: ${named(missing)}${troubleText(first)}`,
      child.contact.answers ? undefined : 10,
    );
  if (!child.contact.answers)
    return waitingOn(
      { kind: 'KubernetesAPI', name: keyText(clusterKeyOf(cluster)) },
      'APISilent',
      `the API of the cluster does not answer: ${child.contact.why}`,
      5,
    );
  return settled;
}

/** A cluster that waits for nothing of its own tells what holds its update. */
function withUpgrade(world: ClusterWorld, outcome: Outcome): Outcome {
  if (outcome.type !== 'settled') return outcome;
  return upgradeOutcome(world) ?? wayOutcome(world) ?? planOutcome(world) ?? outcome;
}

/** What holds the machine that is named, so that the top of the chain tells its end. */
export function troubleText(machine: Machine): string {
  const trouble = troubleOf(machine);
  return trouble === undefined ? '' : `; ${machine.metadata.name}: ${trouble}`;
}

/** An update under way is told of before anything else: its machines are out of use one after the other. */
function updateOutcome(world: ClusterWorld): Outcome | undefined {
  const { cluster, release, lcmCluster } = world;
  const from = updatedFrom(world);
  if (from === undefined || lcmCluster === undefined) return undefined;
  const { namespace, name } = cluster.metadata;
  const progress = lcmCluster.status?.progress;
  // Its owners of steps are asked by its plan, which says more than that the machines are not asked for yet.
  const plans = world.plans.filter(({ spec }) => spec.target === world.releaseName);
  const held = progress?.waitingOn?.kind === ClusterUpdatePlanKind.kind ? planOutcome({ cluster, plans }) : undefined;
  if (held !== undefined) return held;
  return waitingOn(
    { kind: 'LCMCluster', namespace, name },
    progress?.reason ?? 'Updating',
    `is updated from ${from.spec.version} to ${release?.spec.version ?? ''}: ${progress?.message ?? 'its machines follow'}`,
  );
}

function whyOf({ cluster, machines, child }: ClusterWorld): { why?: string } {
  if (phaseOf(cluster) === 'Pending') return { why: 'it has its address, its certificates and its LCMCluster' };
  if (!child.contact.answers) return { why: `the API of the cluster does not answer: ${child.contact.why}` };
  const missing = machines.filter((machine) => !isDisabled(machine) && !hasLeft(machine) && !isReady(machine));
  return { why: missing.length === 0 ? 'its API answers and all machines are ready' : `not ready: ${named(missing)}` };
}

function self({ kind, metadata }: { kind: string; metadata: { name: string; namespace?: string } }): Reference {
  return { kind, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }), name: metadata.name };
}
