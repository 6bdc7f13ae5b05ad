import { daemonSet, type Manifest } from './manifests.js';
import type { OpenSdn } from './opensdn.js';

/** Shells with the clients of OpenSDN: beside the configuration API, and beside vRouters. Only where they are asked for. */
export function tools(sdn: OpenSdn): readonly Manifest[] {
  if (sdn.spec.devOptions?.tools?.enabled !== true) return [];
  const command = ['sleep', 'infinity'];
  return [
    daemonSet(sdn, 'tf-tool-cli', {
      component: 'tool-cli',
      role: 'config',
      isOnNodeNetwork: true,
      containers: [{ name: 'cli', image: 'opensdn-tools-cli', command }],
    }),
    daemonSet(sdn, 'tf-tool-ctools', {
      component: 'tool-ctools',
      role: 'vRouter',
      isOnNodeNetwork: true,
      containers: [{ name: 'ctools', image: 'opensdn-tools-ctools', command }],
    }),
  ];
}
