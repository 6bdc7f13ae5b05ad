import type { Cluster, ClusterRelease, LCMCluster, LCMClusterSpec } from '@keelson/api';
import { apiPort, deploymentSecretOf, kubeconfigSecretOf } from '../names.js';

/** What the LCMCluster of a Cluster says: the items of its release, untouched, and where its API is. */
export function lcmClusterSpec(
  cluster: Cluster,
  release: ClusterRelease,
  host: string,
  more: { readonly maintenance: boolean; readonly reboot: boolean },
): Partial<LCMClusterSpec> {
  const value = cluster.spec.providerSpec.value;
  const { machineTypes, version, lcmType, agent, images } = release.spec;
  return {
    machineTypes: { control: machineTypes?.control ?? [], worker: machineTypes?.worker ?? [] },
    externalEndpoint: { host, port: apiPort },
    dedicatedControlPlane: value?.dedicatedControlPlane ?? true,
    maxWorkerPrepareCount: value?.maxWorkerPrepareCount ?? 0,
    maxWorkerUpgradeCount: value?.maxWorkerUpgradeCount ?? 1,
    release: version,
    maintenance: more.maintenance,
    nodesRebootRequired: more.reboot,
    ...(lcmType === undefined ? {} : { lcmType }),
    ...(agent?.version === undefined ? {} : { agentVesrion: agent.version }),
    ...(images === undefined ? {} : { images }),
    kubeconfigSecretName: kubeconfigSecretOf(cluster.metadata.name),
    deploymentSecretName: deploymentSecretOf(cluster.metadata.name, 'control'),
  };
}

/**
 * The part of an LCMCluster that its Cluster is made from: not its counts, and what it waits for only in an update or a
 * maintenance, whose words the Cluster tells.
 */
export function relevantLcmCluster({ metadata, spec, status = {} }: LCMCluster): unknown {
  const { phase, release, maintenance, helmControllerDeployed, progress } = status;
  const isUpdated = phase === 'Updating' || (release !== undefined && release !== spec.release);
  const isTold = isUpdated || spec.maintenance === true || maintenance === true;
  return [
    metadata.uid,
    spec,
    release,
    maintenance,
    helmControllerDeployed,
    isTold && [progress?.reason, progress?.message, progress?.waitingOn],
  ];
}
