import { ConfigMapKind, type KubeObject } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { optionsKey, optionsMap, sectionIn } from '@keelson/openstack-svc';

const section = 'maintenance';

/**
 * How many computes are emptied at once, and how: of the file that operators write no more than that.
 *
 * @returns the ConfigMap with it, where there is one
 */
export async function readMaintenanceOptions(api: Pick<KubeApi, 'get'>): Promise<readonly KubeObject[]> {
  const map = await api.get(ConfigMapKind, optionsMap);
  const options = [...sectionIn(map?.data?.[optionsKey] ?? '', section)].map(([name, value]) => `${name} = ${value}`);
  if (options.length === 0) return [];
  const data = { [optionsKey]: [`[${section}]`, ...options].join('\n') };
  return [Object.assign({ apiVersion: 'v1', kind: ConfigMapKind.kind, metadata: { ...optionsMap } }, { data })];
}
