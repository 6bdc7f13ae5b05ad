import type { Cluster, ClusterRelease, LCMClusterSpec } from '@keelson/api';
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
