import type { ContainerPart } from './manifests.js';

/** Registers the node of its pod with the configuration API, as what it is. */
export function provisioner(nodeType: 'config' | 'control' | 'analytics' | 'vrouter'): ContainerPart {
  return { name: 'provisioner', image: 'opensdn-provisioner', env: { NODE_TYPE: nodeType } };
}
