import { daemonSet, type Manifest, service } from './manifests.js';
import type { OpenSdn } from './opensdn.js';

/** The API that neutron's plug-in talks to; also in what OpenStack is told. */
export const configApi = { name: 'tf-config-api', port: 8082 } as const;

/** API, schema transformer, service monitor and device manager. */
export function config(sdn: OpenSdn): readonly Manifest[] {
  const settings = sdn.spec.services?.config;
  return [
    service(sdn, configApi.name, 'config', { api: configApi.port }),
    daemonSet(sdn, 'tf-config', {
      component: 'config',
      role: 'config',
      isOnNodeNetwork: true,
      settings,
      containers: [
        { name: 'api', image: 'opensdn-controller-config-api', port: configApi.port },
        { name: 'schema', image: 'opensdn-controller-config-schema' },
        { name: 'svc-monitor', image: 'opensdn-controller-config-svcmonitor' },
        { name: 'device-mgr', image: 'opensdn-controller-config-devicemgr' },
      ],
    }),
  ];
}

/** BGP and XMPP, and the names of instances. */
export function control(sdn: OpenSdn): readonly Manifest[] {
  return [
    daemonSet(sdn, 'tf-control', {
      component: 'control',
      role: 'control',
      isOnNodeNetwork: true,
      settings: sdn.spec.services?.control,
      containers: [
        { name: 'control', image: 'opensdn-controller-control-control', port: 5269 },
        { name: 'dns', image: 'opensdn-controller-control-dns', port: 8093 },
        { name: 'named', image: 'opensdn-controller-control-named' },
      ],
    }),
  ];
}

/** Collector and API of analytics, on nodes that carry their label: a cloud without such nodes has none. */
export function analytics(sdn: OpenSdn): readonly Manifest[] {
  return [
    daemonSet(sdn, 'tf-analytics', {
      component: 'analytics',
      role: 'analytics',
      isOnNodeNetwork: true,
      settings: sdn.spec.services?.analytics,
      containers: [
        { name: 'collector', image: 'opensdn-analytics-collector', port: 8086 },
        { name: 'api', image: 'opensdn-analytics-api', port: 8081 },
        { name: 'redis', image: 'redis', tag: '7.4.2', port: 6379 },
      ],
    }),
  ];
}

export function webUI(sdn: OpenSdn): readonly Manifest[] {
  return [
    service(sdn, 'tf-webui', 'webui', { https: 8143 }),
    daemonSet(sdn, 'tf-webui', {
      component: 'webui',
      role: 'webUI',
      isOnNodeNetwork: true,
      settings: sdn.spec.services?.webUI,
      containers: [
        { name: 'web', image: 'opensdn-controller-webui-web', port: 8143 },
        { name: 'job', image: 'opensdn-controller-webui-job' },
      ],
    }),
  ];
}
