import type { TFOperator } from '@keelson/api';
import { sha256Json } from '@keelson/std';
import { exchangeLabel, nodeLabels, type NodeRole } from '../names.js';
import { aaaMode } from './authentication.js';
import { type ContainerPart, daemonSet, labelsOf, type Manifest, type SecretVolume, service } from './manifests.js';
import { isRestoring, type OpenSdn } from './opensdn.js';
import { provisioner } from './provisioner.js';

/** The API that neutron's plug-in talks to; also in what OpenStack is told. */
export const configApi = { name: 'tf-config-api', port: 8082 } as const;

interface ControlPlanePart {
  readonly component: string;
  readonly role: NodeRole;
  readonly settings: keyof NonNullable<TFOperator['spec']['services']>;
  readonly containers: readonly ContainerPart[];
  /** Names of the containers that are told whom APIs let in. */
  readonly toldMode?: readonly string[];
  /** Of what is reached by a name. */
  readonly front?: { readonly name: string; readonly ports: Readonly<Record<string, number>> };
}

/** Label `component` of the web console's Redis: it is behind no name. */
export const webRedisComponent = 'webui-redis';

interface WebCertificate {
  readonly secret: Manifest;
  readonly volumes: Readonly<Record<string, SecretVolume>>;
  readonly mounts: NonNullable<ContainerPart['mounts']>;
}

/** Each is a DaemonSet on the network of the nodes with its label; what differs is here. */
const parts = {
  /** API, schema transformer, service monitor and device manager. */
  config: {
    component: 'config',
    role: 'config',
    settings: 'config',
    front: { name: configApi.name, ports: { api: configApi.port } },
    containers: [
      { name: 'api', image: 'opensdn-controller-config-api', port: configApi.port },
      { name: 'schema', image: 'opensdn-controller-config-schema' },
      { name: 'svc-monitor', image: 'opensdn-controller-config-svcmonitor' },
      { name: 'device-mgr', image: 'opensdn-controller-config-devicemgr' },
      provisioner('config'),
    ],
    toldMode: ['api', 'svc-monitor'],
  },
  /** BGP and XMPP, and the names of instances. */
  control: {
    component: 'control',
    role: 'control',
    settings: 'control',
    containers: [
      { name: 'control', image: 'opensdn-controller-control-control', port: 5269 },
      { name: 'dns', image: 'opensdn-controller-control-dns', port: 8093 },
      { name: 'named', image: 'opensdn-controller-control-named' },
      provisioner('control'),
    ],
  },
  /** Collector and API of analytics, on nodes that carry their label: a cloud without such nodes has none. */
  analytics: {
    component: 'analytics',
    role: 'analytics',
    settings: 'analytics',
    containers: [
      { name: 'collector', image: 'opensdn-analytics-collector', port: 8086 },
      { name: 'api', image: 'opensdn-analytics-api', port: 8081 },
      { name: 'redis', image: 'redis', tag: '7.4.2', port: 6379 },
      provisioner('analytics'),
    ],
    toldMode: ['api'],
  },
  webUI: {
    component: 'webui',
    role: 'webUI',
    settings: 'webUI',
    front: { name: 'tf-webui', ports: { https: 8143 } },
    containers: [
      { name: 'web', image: 'opensdn-controller-webui-web', port: 8143 },
      { name: 'job', image: 'opensdn-controller-webui-job' },
    ],
  },
} as const satisfies Readonly<Record<string, ControlPlanePart>>;

/** A service of the control plane: a DaemonSet on the network of the nodes with its label, and what names it. */
export function controlPlane(sdn: OpenSdn, name: keyof typeof parts): readonly Manifest[] {
  if (name === 'analytics' && sdn.spec.services?.analytics?.enabled === false) return [];
  const { component, role, settings, containers, toldMode = [], front }: ControlPlanePart = parts[name];
  const certificate = name === 'webUI' ? webCertificate(sdn) : undefined;
  return [
    ...(front === undefined ? [] : [service(sdn, front.name, component, front.ports)]),
    ...(name === 'webUI' ? [webRedis(sdn)] : []),
    ...(certificate === undefined ? [] : [certificate.secret]),
    ...(name === 'control' ? publicNames(sdn) : []),
    daemonSet(sdn, `tf-${component}`, {
      component,
      role,
      isOnNodeNetwork: true,
      isAway: isRestoring(sdn.spec),
      settings: sdn.spec.services?.[settings],
      containers: containers.map((each) => ({
        ...each,
        env: { ...each.env, ...(toldMode.includes(each.name) ? { AAA_MODE: aaaMode(sdn) } : {}), ...ownOf(sdn, each) },
        ...(certificate === undefined ? {} : { mounts: certificate.mounts }),
      })),
      ...(certificate === undefined ? {} : { secrets: certificate.volumes }),
    }),
  ];
}

/** What one container alone is told of features: entry points write variables of this form into the file of its service. */
function ownOf({ spec }: OpenSdn, { name }: ContainerPart): Record<string, string> {
  const zone = spec.features?.config?.netnsAZ;
  return name === 'svc-monitor' && zone !== undefined ? { SVC_MONITOR__SCHEDULER__netns_availability_zone: zone } : {};
}

/** Names of instances, served to the outside as the reference does unless it is switched off. */
function publicNames({ namespace, spec }: OpenSdn): readonly Manifest[] {
  if (spec.features?.control?.enableDNSExternal === false) return [];
  const port = (protocol: 'UDP' | 'TCP') => ({
    name: `dns-${protocol.toLowerCase()}`,
    port: 53,
    targetPort: 53,
    protocol,
  });
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'tf-control-dns-external', namespace, labels: labelsOf('control') },
      spec: { type: 'LoadBalancer', selector: labelsOf('control'), ports: [port('UDP'), port('TCP')] },
    },
  ];
}

/**
 * The web console keeps its sessions in a Redis at 127.0.0.1 (`controller/webui/base/entrypoint.sh` of OpenSDN-io/tf-container-builder).
 * Nodes of analytics have one at that port already.
 */
function webRedis(sdn: OpenSdn): Manifest {
  return daemonSet(sdn, 'tf-webui-redis', {
    component: webRedisComponent,
    role: 'webUI',
    isOnNodeNetwork: true,
    isAway: isRestoring(sdn.spec),
    notOn: [{ name: nodeLabels.analytics, value: 'enabled' }],
    settings: sdn.spec.services?.webUI,
    containers: [
      { name: 'redis', image: 'redis', tag: '7.4.2', command: ['redis-server', '--bind', '127.0.0.1', '--save', ''] },
    ],
  });
}

/** The certificate of OpenStack's public names, under which the web console serves; undefined when OpenStack gives none. */
function webCertificate(sdn: OpenSdn): WebCertificate | undefined {
  const { certificate, private_key: key, certificate_authority: authority = '' } = sdn.access;
  if (certificate === undefined || key === undefined) return undefined;
  const name = 'tf-webui-tls';
  const labels = { ...labelsOf('webui'), [exchangeLabel]: 'own' };
  const secret: Manifest & { readonly type: string; readonly stringData: object } = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: sdn.namespace, labels },
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority },
  };
  const files = { 'cs-cert.pem': 'tls.crt', 'cs-key.pem': 'tls.key', 'ca-cert.pem': 'ca.crt' };
  const digest = sha256Json([certificate, key, authority]).slice(0, 16);
  return {
    secret,
    volumes: { certificate: { secretName: name, files, digest } },
    mounts: [{ name: 'certificate', mountPath: '/etc/contrail/webui_ssl' }],
  };
}
