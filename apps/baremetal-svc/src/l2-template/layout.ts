import { type L2Template, labels, type L3LayoutItem, type Subnet, SubnetKind } from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { terminal } from '@keelson/std';

/**
 * The Subnet that a name in macros stands for: by the template's layout, seen from the namespace of the host.
 *
 * @throws Failure terminal, reason `SubnetNotFound`, with the cure
 */
export function layoutSubnet(
  reader: Pick<Reader, 'list'>,
  template: L2Template,
  namespace: string,
  name: string,
): Subnet {
  const item: L3LayoutItem = template.spec.l3Layout?.find((candidate) => candidate.subnetName === name) ?? {
    subnetName: name,
  };
  const scope = item.scope ?? 'namespace';
  const found = reader
    .list(SubnetKind, scope === 'global' ? undefined : namespace)
    .filter((subnet) => fits(subnet, item, template));
  const [first] = found.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  if (first !== undefined) return first;
  const by = item.labelSelector === undefined ? '' : ' with the labels of its labelSelector';
  throw terminal(
    `Subnet ${name}${by} does not exist in scope ${scope}. Create it, or correct spec.l3Layout of L2Template ${template.metadata.name}.`,
    { reason: 'SubnetNotFound' },
  );
}

function fits({ metadata }: Subnet, item: L3LayoutItem, template: L2Template): boolean {
  const has = (name: string, value: string): boolean => metadata.labels?.[name] === value;
  const cluster = template.metadata.labels?.[labels.clusterName];
  if (item.scope === 'cluster' && (cluster === undefined || !has(labels.clusterName, cluster))) return false;
  if (item.labelSelector === undefined) return metadata.name === item.subnetName;
  return Object.entries(item.labelSelector).every(([name, value]) => has(name, value));
}
