import type { ConfigFile } from '../cloud/service.js';
import { type Chart, imageOf, labelsOf } from './chart.js';
import { filesHash, type Script, withCompanions } from './files.js';
import type { Container, EnvVar, NodeRequirement, PodTemplate, Probe, Volume, VolumeMount } from './kubernetes.js';
import { resourcesOf, type Weight } from './resources.js';

/** Labels that give a node a part in the cloud. */
export const roleLabels = {
  controller: 'openstack-control-plane',
  compute: 'openstack-compute-node',
  gateway: 'openstack-gateway',
  network: 'openvswitch',
} as const;
export type NodeRole = keyof typeof roleLabels;

export interface ContainerPart {
  readonly name: string;
  /** Name of an image of the release. */
  readonly image: string;
  readonly command: readonly string[];
  readonly weight?: Weight;
  /** What the node sets aside for it, by resource, such as `hugepages-1Gi`. */
  readonly reserved?: Readonly<Record<string, string>>;
  readonly ports?: Readonly<Record<string, number>>;
  readonly env?: readonly EnvVar[];
  readonly ready?: Probe;
  readonly alive?: Probe;
  /** Gives a process that imports for long its time before `alive` counts. */
  readonly started?: Probe;
  /** `privileged` for what works on the node itself; otherwise capabilities to add to none. */
  readonly rights?: 'privileged' | readonly string[];
  readonly runAsUser?: number;
  readonly beforeStop?: readonly string[];
}

/** A volume and where every container of the pod sees it. */
export interface MountedVolume {
  readonly volume: Volume;
  readonly path: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
  readonly propagation?: 'Bidirectional' | 'HostToContainer';
}

export interface PodPart {
  readonly component: string;
  /** Several roles: any of them; none: `nodes` alone say where. */
  readonly roles: readonly NodeRole[];
  readonly containers: readonly ContainerPart[];
  readonly before?: readonly ContainerPart[];
  readonly files?: readonly ConfigFile[];
  readonly scripts?: readonly Script[];
  /** Beside the hashes of these. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly mounts?: readonly MountedVolume[];
  /** The pod is part of its node: host network, and the PID namespace when `sees` says so. */
  readonly host?: { readonly network?: boolean; readonly pid?: boolean };
  readonly serviceAccount?: string;
  readonly graceSeconds?: number;
  /** Replicas never share a node (`required`), or do so only when they must. */
  readonly spread?: 'required' | 'preferred';
  readonly fsGroup?: number;
  readonly restart?: 'OnFailure' | 'Never';
  readonly nodes?: readonly NodeRequirement[];
  /** Key below `pod.resources`; the component when left out. */
  readonly resourcesKey?: string;
  /** On the node of a pod with these labels, whose volume or port it shares. */
  readonly beside?: Readonly<Record<string, string>>;
}

/** A pod template with the hashes of the files and scripts that its pods use, and of nothing else. */
export function podTemplate(
  chart: Chart,
  part: PodPart,
  extraLabels: Readonly<Record<string, string>> = {},
): PodTemplate {
  const labels = { ...labelsOf(chart, part.component), ...extraLabels };
  const { scripts = [] } = part;
  const files = filesOf(part);
  return {
    metadata: {
      labels,
      annotations: {
        ...(files.length === 0 ? {} : { 'configmap-etc-hash': filesHash(files) }),
        ...(scripts.length === 0 ? {} : { 'configmap-bin-hash': filesHash(scripts) }),
        ...part.annotations,
      },
    },
    spec: podSpec(chart, part, labels),
  };
}

function podSpec(chart: Chart, part: PodPart, labels: Record<string, string>): PodTemplate['spec'] {
  const mounts = [...fileMounts(filesOf(part)), ...scriptMounts(part.scripts ?? []), ...(part.mounts ?? [])];
  const { before = [], host = {}, fsGroup } = part;
  return {
    affinity: affinityOf(part, labels),
    ...(before.length === 0 ? {} : { initContainers: before.map((each) => containerOf(chart, each, part, mounts)) }),
    containers: part.containers.map((each) => containerOf(chart, each, part, mounts)),
    ...(mounts.length === 0 ? {} : { volumes: volumesOf(mounts) }),
    ...(host.network === true ? { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' } : {}),
    ...(host.pid === true ? { hostPID: true } : {}),
    ...(fsGroup === undefined ? {} : { securityContext: { fsGroup } }),
    serviceAccountName: part.serviceAccount ?? 'default',
    automountServiceAccountToken: part.serviceAccount !== undefined,
    terminationGracePeriodSeconds: part.graceSeconds ?? 30,
    restartPolicy: part.restart ?? 'Always',
  };
}

/** One of a path: several files may bring the same one. */
function filesOf({ files = [] }: PodPart): readonly ConfigFile[] {
  const byPath = new Map<string, ConfigFile>();
  for (const file of withCompanions(files)) if (!byPath.has(file.path)) byPath.set(file.path, file);
  return [...byPath.values()];
}

function containerOf(chart: Chart, each: ContainerPart, part: PodPart, mounts: readonly MountedVolume[]): Container {
  const { name, image, command, reserved, ports, env, ready, alive, started, rights, runAsUser, beforeStop } = each;
  const { resourcesKey = part.component } = part;
  return {
    name,
    image: imageOf(chart, image),
    imagePullPolicy: 'IfNotPresent',
    command: [...command],
    ...(env === undefined ? {} : { env: [...env] }),
    ...(ports === undefined ? {} : { ports: portsOf(ports) }),
    // What the raw values say of a component is meant for its own process.
    resources: resourcesOf(chart, each.weight === 'proxy' ? name : resourcesKey, each.weight ?? 'worker', reserved),
    securityContext: { ...rightsOf(rights), ...(runAsUser === undefined ? {} : { runAsUser }) },
    ...(ready === undefined ? {} : { readinessProbe: ready }),
    ...(alive === undefined ? {} : { livenessProbe: alive }),
    ...(started === undefined ? {} : { startupProbe: started }),
    ...(beforeStop === undefined ? {} : { lifecycle: { preStop: { exec: { command: [...beforeStop] } } } }),
    ...(mounts.length === 0 ? {} : { volumeMounts: mounts.map(volumeMountOf) }),
  };
}

function portsOf(ports: Readonly<Record<string, number>>): { name: string; containerPort: number; protocol: string }[] {
  return Object.entries(ports).map(([name, containerPort]) => ({
    name,
    containerPort,
    protocol: name.endsWith('udp') ? 'UDP' : 'TCP',
  }));
}

function rightsOf(rights: ContainerPart['rights']): Record<string, unknown> {
  if (rights === 'privileged') return { privileged: true };
  if (rights !== undefined) return { capabilities: { add: [...rights] } };
  return { allowPrivilegeEscalation: false };
}

function fileMounts(files: readonly ConfigFile[]): MountedVolume[] {
  return files.map(({ secret, key, path }) => ({
    volume: { name: secret, secret: { secretName: secret, defaultMode: 0o444 } },
    path,
    subPath: key,
    readOnly: true,
  }));
}

function scriptMounts(scripts: readonly Script[]): MountedVolume[] {
  return scripts.map(({ configMap, key, path }) => ({
    volume: { name: configMap, configMap: { name: configMap, defaultMode: 0o555 } },
    path,
    subPath: key,
    readOnly: true,
  }));
}

function volumesOf(mounts: readonly MountedVolume[]): Volume[] {
  const volumes = new Map<string, Volume>();
  for (const { volume } of mounts) if (!isClaim(volume)) volumes.set(volume.name, volume);
  return [...volumes.values()];
}

/** Only a name: the volume comes from a claim template of the StatefulSet. */
function isClaim(volume: Volume): boolean {
  return Object.keys(volume).length === 1;
}

function volumeMountOf({ volume, path, subPath, readOnly, propagation }: MountedVolume): VolumeMount {
  return {
    name: volume.name,
    mountPath: path,
    ...(subPath === undefined ? {} : { subPath }),
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(propagation === undefined ? {} : { mountPropagation: propagation }),
  };
}

function affinityOf(part: PodPart, labels: Record<string, string>): Record<string, unknown> {
  const { roles, nodes = [] } = part;
  const ofRole = roles.map((role): NodeRequirement => ({ key: roleLabels[role], operator: 'In', values: ['enabled'] }));
  const terms =
    ofRole.length === 0
      ? [{ matchExpressions: [...nodes] }]
      : ofRole.map((role) => ({ matchExpressions: [role, ...nodes] }));
  return {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
    ...(part.beside === undefined ? {} : { podAffinity: besidePod(part.beside) }),
    ...(part.spread === undefined ? {} : { podAntiAffinity: antiAffinity(part.spread, labels) }),
  };
}

function besidePod(matchLabels: Readonly<Record<string, string>>): Record<string, unknown> {
  const term = { labelSelector: { matchLabels: { ...matchLabels } }, topologyKey: 'kubernetes.io/hostname' };
  return { requiredDuringSchedulingIgnoredDuringExecution: [term] };
}

function antiAffinity(spread: 'required' | 'preferred', matchLabels: Record<string, string>): Record<string, unknown> {
  const term = { labelSelector: { matchLabels }, topologyKey: 'kubernetes.io/hostname' };
  return spread === 'required'
    ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
    : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] };
}

/** A file of the node. */
export function hostPath(
  name: string,
  path: string,
  options: Partial<MountedVolume> & { type?: string } = {},
): MountedVolume {
  const { type, ...mount } = options;
  return { path, ...mount, volume: { name, hostPath: { path, ...(type === undefined ? {} : { type }) } } };
}

/** A directory that lives as long as the pod. */
export function emptyDirectory(name: string, path: string): MountedVolume {
  return { volume: { name, emptyDir: {} }, path };
}

/** A directory from a claim template of the StatefulSet. */
export function claimed(name: string, path: string): MountedVolume {
  return { volume: { name }, path };
}

/** A whole Secret as a directory. */
export function secretDirectory(secretName: string, path: string, mode = 0o440): MountedVolume {
  return { volume: { name: secretName, secret: { secretName, defaultMode: mode } }, path, readOnly: true };
}
