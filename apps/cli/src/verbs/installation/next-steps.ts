import type { Cluster } from '@keelson/api';
import type { Layout } from '../../embedded/layout.js';

/** Most clusters that are told of by name. */
const atMost = 3;

/**
 * What an operator may do next, as lines of a shell: with no cluster yet the example, else how the clusters stand.
 *
 * @param clusters undefined when the API did not tell
 */
export function nextSteps(
  { kubeconfig, home }: Pick<Layout, 'kubeconfig' | 'home'>,
  clusters: readonly Cluster[] | undefined,
): readonly string[] {
  return [
    `export KUBECONFIG=${kubeconfig}`,
    ...(clusters?.length === 0 ? ['kubectl apply -f examples/first-cluster/'] : []),
    'kubectl get bmhi,bmh,machines,cluster,lcmmachines -A',
    './keelson status',
    ...(clusters ?? []).slice(0, atMost).map(stepFor),
    remarked('./keelson down', `stops it; data stays in ${home}`),
  ];
}

function stepFor({ metadata: { namespace = 'default', name }, spec, status }: Cluster): string {
  if (status?.providerStatus?.ready !== true)
    return remarked(`./keelson why -n ${namespace} cluster/${name}`, 'is not ready: what it waits for');
  if (spec.providerSpec.value?.kaas !== undefined)
    return remarked('kubectl get mccupgrade mcc-upgrade -o yaml', `${name} is ready: its next release, and when`);
  return remarked(`kubectl -n ${namespace} get clusterupdateplans`, `${name} is ready: the updates it may have`);
}

const remarked = (command: string, remark: string): string => `${command.padEnd(45)} # ${remark}`;
