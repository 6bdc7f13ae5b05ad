import type { KubeObject, TfService } from '@keelson/api';
import { sha256Json } from '@keelson/std';
import { nodeLabels, type NodeRole } from '../names.js';
import { authority, identityAuthority } from './authentication.js';
import type { OpenSdn } from './opensdn.js';
import { addressesOf, memberCount } from './peers.js';

/** An object with more members than every object has. */
export type Manifest = KubeObject & { readonly spec?: object; readonly data?: object };

export interface ContainerPart {
  readonly name: string;
  /** Name of the image, and key in `devOptions.imageList`. */
  readonly image: string;
  /** Tag where it is not that of OpenSDN. */
  readonly tag?: string;
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly port?: number;
  readonly isPrivileged?: boolean;
  readonly mounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface PodPart {
  readonly component: string;
  readonly role: NodeRole;
  readonly containers: readonly ContainerPart[];
  readonly before?: readonly ContainerPart[];
  /** Settings of the service in the TFOperator. */
  readonly settings?: TfService | undefined;
  readonly isOnNodeNetwork?: boolean;
  /** On no node for the time being. */
  readonly isAway?: boolean;
  /** Only nodes with all these labels besides; without any of `notOn`. */
  readonly on?: readonly NodeLabel[];
  readonly notOn?: readonly NodeLabel[];
  readonly hostPaths?: Readonly<Record<string, string>>;
  /** Volumes that are Secrets: name of the Secret, and keys by the file that each becomes; pods go when `digest` changes. */
  readonly secrets?: Readonly<Record<string, SecretVolume>>;
}
export interface SecretVolume {
  readonly secretName: string;
  readonly files: Readonly<Record<string, string>>;
  readonly digest: string;
}
export interface NodeLabel {
  readonly name: string;
  readonly value: string;
}

/** Configuration of all services: not secret, and secret. */
export const configurationMap = 'tf-configuration';
export const accessSecret = 'tf-access';

const defaultRegistry = 'images.keelson.internal';
/** Tags of images by version of OpenSDN, where the Cluster release brings none. */
const versionTags: Readonly<Record<string, string>> = { '21.4': '21.4-20240910', '24.1': '24.1-20260301' };

export function imageOf(sdn: OpenSdn, { image, tag }: Pick<ContainerPart, 'image' | 'tag'>): string {
  const { devOptions } = sdn.spec;
  const pinned = devOptions?.imageList?.[image];
  if (pinned !== undefined) return pinned;
  const whole = tag === undefined ? ownTag(sdn, image) : (sdn.images?.images.tags?.[image] ?? tag);
  return `${devOptions?.globalRegistry ?? defaultRegistry}/opensdn/${image}:${whole}`;
}

/** Of OpenSDN's own images: the operator's word, that of the Cluster release, or what is known here. */
function ownTag({ spec, images }: OpenSdn, image: string): string {
  const { tfVersion: version, devOptions } = spec;
  const brought = images?.images.opensdn?.[version];
  return devOptions?.tfImageTag ?? brought?.tags?.[image] ?? brought?.tag ?? versionTags[version] ?? version;
}

export function labelsOf(component: string): Record<string, string> {
  return { application: 'opensdn', component };
}

export function daemonSet(sdn: OpenSdn, name: string, part: PodPart): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: sdn.namespace, labels: labelsOf(part.component) },
    spec: {
      revisionHistoryLimit: 3,
      selector: { matchLabels: { ...labelsOf(part.component), set: name } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      template: podTemplate(sdn, part, { set: name }),
    },
  };
}

export interface MemberPart extends PodPart {
  readonly name: string;
  readonly replicas: number;
  readonly size: string;
  readonly ports: Readonly<Record<string, number>>;
}

/** Members of a cluster with their volumes, the Service that names them, and how many must stay when nodes are drained. */
export function members(sdn: OpenSdn, part: MemberPart): readonly Manifest[] {
  const { name, replicas, size, ports, component } = part;
  const metadata = { name, namespace: sdn.namespace, labels: labelsOf(component) };
  const selector = labelsOf(component);
  const set: Manifest = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata,
    spec: {
      replicas,
      serviceName: name,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: selector },
      updateStrategy: { type: 'RollingUpdate' },
      template: podTemplate(sdn, part, {}),
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'data' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: sdn.spec.dataStorageClass,
            resources: { requests: { storage: size } },
          },
        },
      ],
    },
  };
  const budget: Manifest = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
  };
  return [service(sdn, name, component, ports, true), ...(replicas > 1 ? [budget] : []), set];
}

export function service(
  { namespace }: OpenSdn,
  name: string,
  component: string,
  ports: Readonly<Record<string, number>>,
  isHeadless = false,
): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: labelsOf(component) },
    spec: {
      ...(isHeadless ? { clusterIP: 'None', publishNotReadyAddresses: true } : {}),
      selector: labelsOf(component),
      ports: Object.entries(ports).map(([port, number]) => ({ name: port, port: number, targetPort: number })),
    },
  };
}

export function podTemplate(sdn: OpenSdn, part: PodPart, more: Readonly<Record<string, string>>): object {
  const { component, isOnNodeNetwork = false, hostPaths = {}, secrets = {}, before = [], containers } = part;
  const pem = authorityFor(sdn, part);
  return {
    metadata: {
      labels: { ...labelsOf(component), ...more },
      // A change of what containers are told by ConfigMap and Secret rolls them.
      annotations: {
        'keelson.dev/configuration': configurationHash(sdn, part),
        ...Object.fromEntries(Object.entries(secrets).map(([name, { digest }]) => [`keelson.dev/${name}`, digest])),
        ...(pem === undefined ? {} : { [`keelson.dev/${authorityVolume}`]: sha256Json(pem).slice(0, 16) }),
      },
    },
    spec: {
      affinity: affinityOf(part, isOnNodeNetwork),
      ...(isOnNodeNetwork ? { hostNetwork: true, hostPID: true, dnsPolicy: 'ClusterFirstWithHostNet' } : {}),
      tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }],
      ...(before.length === 0 ? {} : { initContainers: before.map((each) => container(sdn, part, each)) }),
      containers: containers.map((each) => container(sdn, part, each)),
      volumes: [
        ...Object.entries(hostPaths).map(([name, path]) => ({ name, hostPath: { path, type: 'DirectoryOrCreate' } })),
        ...Object.entries(secrets).map(([name, { secretName, files }]) => ({
          name,
          secret: { secretName, items: Object.entries(files).map(([path, key]) => ({ key, path })) },
        })),
        ...(pem === undefined ? [] : [{ name: authorityVolume, configMap: { name: authority.map } }]),
      ],
    },
  };
}

function affinityOf(
  { role, isAway = false, on = [], notOn = [], component }: PodPart,
  isOnNodeNetwork: boolean,
): object {
  const expression = (operator: string, { name, value }: NodeLabel): object => ({
    key: name,
    operator,
    values: [value],
  });
  const matchExpressions = [
    expression('In', { name: nodeLabels[role], value: 'enabled' }),
    // No node has that label.
    ...(isAway ? [expression('In', { name: 'keelson.dev/opensdn-away', value: 'true' })] : []),
    ...on.map((label) => expression('In', label)),
    ...notOn.map((label) => expression('NotIn', label)),
  ];
  const apart = {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: labelsOf(component) }, topologyKey: 'kubernetes.io/hostname' },
      ],
    },
  };
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
    },
    ...(isOnNodeNetwork ? {} : apart),
  };
}

function container(sdn: OpenSdn, pod: PodPart, part: ContainerPart): object {
  const { name, command, env = {}, port, isPrivileged = false, tag } = part;
  const { settings } = pod;
  // Images with a tag of their own are not OpenSDN's.
  const mounts = [
    ...(part.mounts ?? []),
    ...(tag === undefined && authorityFor(sdn, pod) !== undefined
      ? [{ name: authorityVolume, mountPath: authority.directory }]
      : []),
  ];
  const own = settings?.envSettings?.[name]?.env ?? [];
  const level = settings?.logging?.level;
  const variables = new Map<string, string>([
    ...Object.entries(env),
    ...(level === undefined ? [] : [['LOG_LEVEL', level] as const]),
    ...own.map(({ name: variable, value }) => [variable, value] as const),
  ]);
  const resources = settings?.resources?.[name];
  return {
    name,
    image: imageOf(sdn, part),
    imagePullPolicy: 'IfNotPresent',
    ...(command === undefined ? {} : { command }),
    envFrom: [{ configMapRef: { name: configurationMap } }, { secretRef: { name: accessSecret } }],
    env: [
      { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      ...[...variables].map(([variable, value]) => ({ name: variable, value })),
    ],
    ...(resources === undefined ? {} : { resources }),
    ...(isPrivileged ? { securityContext: { privileged: true } } : {}),
    ...(port === undefined
      ? {}
      : {
          ports: [{ name: name.slice(0, 15), containerPort: port }],
          readinessProbe: { tcpSocket: { port }, periodSeconds: 10, timeoutSeconds: 5 },
        }),
    ...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
  };
}

const authorityVolume = 'keystone-authority';

/** The authority of Keystone's certificate, for pods that ask Keystone: databases do not. */
function authorityFor({ access }: OpenSdn, { role }: PodPart): string | undefined {
  return role === 'database' ? undefined : identityAuthority(access);
}

/** What OpenStack hands over and the ConfigMap and Secret of all containers do not say: a new certificate replaces no vRouter. */
const untold: ReadonlySet<string> = new Set([
  'auth_certificate_authority',
  'certificate_authority',
  'certificate',
  'private_key',
  'nodes',
  'public_domain',
  'ingress_namespace_class',
  'octavia_mgmt_network',
]);

/**
 * Digest of what containers are told by ConfigMap and Secret, which they read when they start. Members of databases see to each other
 * themselves; vRouters never ask a database, and are not replaced for one.
 */
function configurationHash(sdn: OpenSdn, { role }: PodPart): string {
  const { access, brokerPassword, spec } = sdn;
  const told = Object.fromEntries(Object.entries(access).filter(([key]) => !untold.has(key)));
  const { config, vRouter } = spec.features ?? {};
  // Told to one container by a variable of its own.
  const { netnsAZ: _, ...configTold } = config ?? {};
  const peers =
    role === 'database' ? [] : (['config', 'control', 'analytics'] as const).map((of) => addressesOf(sdn, of));
  const databases = role === 'database' || role === 'vRouter' ? 0 : memberCount(sdn);
  return sha256Json([
    told,
    brokerPassword,
    config === undefined ? config : configTold,
    vRouter,
    peers,
    databases,
  ]).slice(0, 16);
}
