import {
  type Node,
  NodeKind,
  NodeWorkloadLockKind,
  type ObjectMeta,
  openstackNodeLabels,
  type OpenStackDeploymentStatus,
  type Secret,
  SecretKind,
} from '@keelson/api';
import { isLockOf, isNodeReady, textIn } from '@keelson/mosk';
import type { Reader } from '@keelson/reconcile';
import { lockController } from '../locks/lock-controller.js';
import { serviceLabel } from '../names.js';
import { sectionIn } from '../options/rockoon-config.js';
import { type Claim, claimsIn } from './catalogue.js';

/** What is known of a cloud beside the answers of its APIs. */
export interface Facts {
  readonly nodes: ReadonlySet<string>;
  /** Nodes that are being worked on: what is down there is no failure. */
  readonly released: ReadonlySet<string>;
  /** Nodes that have been computes for so long that nova must have taken them in. */
  readonly computes: ReadonlySet<string>;
  /** Hosts of back ends by the process that serves them, as its files name them: `rbd:volumes@volumes`. */
  readonly backends: Readonly<Record<'cinder-volume' | 'manila-share', readonly string[]>>;
  /** What Jobs were told to register in keystone's catalogue. */
  readonly claims: readonly Claim[];
}

/** nova takes in new computes every five minutes (`discover_hosts_in_cells_interval`). Milliseconds. */
const takenInMs = 600_000;

/** Remembers since when nodes have been computes that are Ready; whoever begins to look begins to count. */
export class ComputeAges {
  readonly #since = new Map<string, number>();

  /** The nodes that have been so for long. */
  old(nodes: readonly Node[], now: number): ReadonlySet<string> {
    const young = new Map(this.#since);
    this.#since.clear();
    for (const node of nodes) {
      const { name } = node.metadata;
      if (node.metadata.labels?.[openstackNodeLabels.compute] === 'enabled' && isNodeReady(node))
        this.#since.set(name, young.get(name) ?? now);
    }
    return new Set([...this.#since].filter(([, since]) => now - since >= takenInMs).map(([name]) => name));
  }
}

/** Reads what the cluster says of a cloud. What is of a service that is being applied is not asked for yet. */
export function factsIn(reader: Reader, { metadata, status }: OpenStackDeploymentStatus, ages: ComputeAges): Facts {
  const nodes = reader.list(NodeKind);
  const released = reader
    .list(NodeWorkloadLockKind)
    .filter((lock) => isLockOf(lockController, lock) && lock.status?.state === 'inactive')
    .map(({ spec }) => spec.nodeName);
  const isApplied = ({ labels }: ObjectMeta): boolean =>
    status?.services?.[labels?.[serviceLabel] ?? '']?.state === 'APPLIED';
  const files = reader.list(SecretKind, metadata.namespace).filter((secret) => isApplied(secret.metadata));
  return {
    nodes: new Set(nodes.map((node) => node.metadata.name)),
    released: new Set(released),
    computes: ages.old(nodes, reader.now),
    ...declaredIn(files),
  };
}

/** What files of a cloud ask for. @param files Secrets of services, others are passed over */
export function declaredIn(files: readonly Secret[]): Pick<Facts, 'backends' | 'claims'> {
  return {
    backends: {
      'cinder-volume': files.flatMap((file) => backendsIn(file, 'cinder.conf', 'enabled_backends')),
      'manila-share': files.flatMap((file) => backendsIn(file, 'manila.conf', 'enabled_share_backends')),
    },
    claims: files.flatMap(claimsIn),
  };
}

/**
 * Hosts by which back ends are known wherever they are served from: `backend_host`, else the file's `host`, then the section.
 * What has neither is on the disks of a node and known by its name. https://docs.openstack.org/cinder/latest/admin/multi-backend.html
 */
function backendsIn(secret: Secret, key: string, list: string): readonly string[] {
  const file = textIn(secret, key);
  if (file === undefined) return [];
  const common = sectionIn(file, 'DEFAULT');
  const sections = (common.get(list) ?? '').split(',').filter((section) => section !== '');
  return sections.flatMap((section) => {
    const host = sectionIn(file, section).get('backend_host') ?? common.get('host');
    return host === undefined ? [] : [`${host}@${section}`];
  });
}
