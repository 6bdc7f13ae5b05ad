import { type Cluster, type Condition, type Deployment, labels } from '@keelson/api';
import { leaseNamespace, type Outcome, settled, waitingOn } from '@keelson/reconcile';
import { named } from '../membership.js';
import type { ClusterWorld } from './cluster.observe.js';

/** The Deployments of Keelson's own services. */
export const ownServices = { namespaces: [leaseNamespace], labelSelector: `${labels.partOf}=keelson` } as const;

/** The cluster that manages the others. */
export const isManagement = ({ spec }: Cluster): boolean => spec.providerSpec.value?.kaas !== undefined;

/**
 * The management cluster that has no machines of its own: it is the installation that this very service belongs to, on one
 * machine or on a Kubernetes that somebody else built. Nothing is made for it; it stands as its services do.
 */
export const isHosted = ({ cluster, machines }: Pick<ClusterWorld, 'cluster' | 'machines'>): boolean =>
  isManagement(cluster) && machines.length === 0;

/** What of a Deployment counts here: while it rolls, the old process serves. */
export function isAvailable({ status }: Deployment): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Available' && is === 'True') === true;
}

/** It is at rest when its services serve; else the first that does not is named. */
export function hostedOutcome({ services }: ClusterWorld): Outcome {
  const missing = services.filter((service) => !isAvailable(service));
  const [first] = missing;
  if (services.length === 0)
    return waitingOn(
      { kind: 'Deployment', namespace: leaseNamespace, name: '(of the services)' },
      'NoServices',
      noServices,
    );
  if (first === undefined) return settled;
  const on = { kind: 'Deployment', namespace: leaseNamespace, name: first.metadata.name };
  return waitingOn(on, 'ServicesNotReady', missingText(missing));
}

/** What its readiness is made of: its release, and its services. That the API answers is known by this being read. */
export function hostedConditions({ release, services }: ClusterWorld, problem: string | undefined): Condition[] {
  const missing = services.filter((service) => !isAvailable(service));
  const serve = `it has no machines; its services serve: ${named(services)}`;
  const provider = problem ?? (release === undefined ? 'its release is not known' : undefined);
  return [
    provider === undefined
      ? { type: 'Provider', ready: true, message: `is on release ${release?.metadata.name ?? ''}` }
      : { type: 'Provider', ready: false, message: provider },
    services.length === 0
      ? { type: 'Deployments', ready: false, message: noServices }
      : {
          type: 'Deployments',
          ready: missing.length === 0,
          message: missing.length === 0 ? serve : missingText(missing),
        },
  ];
}

const noServices = `there is no Deployment with ${ownServices.labelSelector} in ${leaseNamespace}, and the cluster has no machines: apply deploy/services, or make its Machines`;

function missingText(missing: readonly Deployment[]): string {
  const told = missing[0]?.status?.conditions?.find(({ type }) => type === 'Available')?.message;
  return `services that do not serve: ${named(missing)}${told === undefined ? '' : `; ${missing[0]?.metadata.name ?? ''}: ${told}`}`;
}
