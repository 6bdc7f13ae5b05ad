import { type ClusterDeploymentStage, type UpgradeStages, clusterDeploymentStages } from '@keelson/api';
import { hasLeft, isDisabled, isReady } from '../membership.js';
import { type StageFact, advanceStages, isOver } from '../stages/stages.js';
import type { ClusterWorld } from './cluster.observe.js';
import { isWhole } from './cluster.status.js';

/**
 * The stages of the making of a cluster as they are to be shown; undefined when nothing of them has changed, or all are
 * over. Source of the names: reference/mosk-api/lifecycle.md, "Cluster", status.
 */
export function deploymentStagesOf(world: ClusterWorld, host: string | undefined): UpgradeStages | undefined {
  const { deploymentStatus, release, now } = world;
  if (release === undefined || (deploymentStatus !== undefined && isOver(deploymentStatus))) return undefined;
  return advanceStages(deploymentStatus, {
    facts: factsOf(world, host),
    names: clusterDeploymentStages,
    now,
    release: release.spec.version,
    fromRelease: undefined,
    failure: undefined,
  });
}

/** In the order in which they come about here. */
function factsOf(world: ClusterWorld, host: string | undefined): readonly StageFact<ClusterDeploymentStage>[] {
  const { secrets, lcmCluster, bundle, machines, child } = world;
  const counted = machines.filter((machine) => !isDisabled(machine) && !hasLeft(machine));
  return [
    { name: 'Network prepared', isDone: host !== undefined },
    { name: 'Load balancers created', isDone: host !== undefined },
    { name: 'Certificates configured', isDone: secrets.control !== undefined && secrets.kubeconfig !== undefined },
    { name: 'Provider instance ready', isDone: lcmCluster !== undefined },
    { name: 'HelmBundle created', isDone: bundle !== undefined },
    { name: 'Kubernetes API started', isDone: child.contact.answers },
    { name: 'Helm-controller deployed', isDone: lcmCluster?.status?.helmControllerDeployed === true },
    { name: 'All machines of the cluster are ready', isDone: counted.length > 0 && counted.every(isReady) },
    // By what its status is about to say: nobody need look at it again for that.
    { name: 'Cluster is ready', isDone: isWhole(world) },
  ];
}
