import type { KubeObject } from '@keelson/api';
import { hasInternalTls } from '../../cloud/internal-tls.js';
import type { ConfigFile } from '../../cloud/service.js';
import { type Chart, replicasOf } from '../../render/chart.js';
import type { Script } from '../../render/files.js';
import type { EnvVar, Workload } from '../../render/kubernetes.js';
import { ingress, networkPolicy, service } from '../../render/network.js';
import type { ContainerPart, MountedVolume } from '../../render/pod.js';
import { deployment, disruptionBudget } from '../../render/workloads.js';
import { type Address } from '../addresses.js';
import { withAudit } from './audit.js';
import { reachedAt, tlsProxy } from './tls-proxy.js';

export interface ApiPart {
  /** Of the Deployment; the Service's when left out. */
  readonly name?: string;
  readonly component: string;
  readonly image: string;
  readonly address: Address;
  readonly command: readonly string[];
  /** What runs before it is asked to end; nothing but a while in which the Service forgets the pod when left out. */
  readonly beforeStop?: readonly string[];
  readonly files: readonly ConfigFile[];
  readonly scripts?: readonly Script[];
  readonly mounts?: readonly MountedVolume[];
  readonly env?: readonly EnvVar[];
  /** What runs before the API. */
  readonly before?: readonly ContainerPart[];
  /** What runs in its pods beside it. */
  readonly beside?: readonly ContainerPart[];
  /** The document that the probes read; `/` when left out. */
  readonly alivePath?: string;
  /** Key below `pod.replicas`; the component when left out. */
  readonly replicasKey?: string;
  readonly isPublic?: boolean;
  readonly fsGroup?: number;
}

export interface Api {
  readonly workload: Workload;
  /** Service, Ingress, network policy and disruption budget. */
  readonly front: readonly KubeObject[];
}

/** Requests come for a while to a pod that ends: nodes hear of it one after the other. The proxy goes first. */
export const forgotten = ['sleep', '6'];

/** An HTTP API: pods behind a Service, each with a proxy for TLS unless that is off, an Ingress for users, a budget for drains. */
export function api(chart: Chart, part: ApiPart): Api {
  const { component, image, command, env, address, alivePath, beforeStop = forgotten, beside = [], ...pod } = part;
  const { host, port, publicName } = address;
  const { name = host, replicasKey = component, isPublic = true } = part;
  const own = { name, image, command, weight: 'api', beforeStop, ...reachedAt(chart, port, alivePath) } as const;
  return {
    workload: deployment(
      chart,
      withAudit(chart, image, {
        ...pod,
        name,
        component,
        replicasKey,
        roles: ['controller'],
        graceSeconds: 60,
        containers: [{ ...own, ...(env === undefined ? {} : { env }) }, ...beside, ...tlsProxy(chart, port)],
      }),
    ),
    front: apiFront(chart, { component, address: { host, port, publicName }, isPublic, replicasKey }),
  };
}

/** What stands in front of an API's pods, whatever runs them. */
export function apiFront(
  chart: Chart,
  part: {
    component: string;
    address: Pick<Address, 'host' | 'port' | 'publicName'>;
    isPublic: boolean;
    replicasKey: string;
    /** It has no proxy, whatever the APIs have. */
    isPlain?: boolean;
  },
): readonly KubeObject[] {
  const { component, isPublic, replicasKey, isPlain = false } = part;
  const { host, port, publicName } = part.address;
  const isTls = !isPlain && hasInternalTls(chart.cloud);
  return [
    service(chart, { name: host, component, ports: { api: port }, isTls }),
    ...(isPublic ? ingress(chart, publicName, component, { name: host, port, isTls }) : []),
    ...networkPolicy(chart, component, [{ ports: [port], from: 'everyone' }]),
    ...disruptionBudget(chart, component, replicasOf(chart, replicasKey)),
  ];
}

export interface WorkerPart {
  readonly name: string;
  readonly component: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly files: readonly ConfigFile[];
  readonly scripts?: readonly Script[];
  readonly mounts?: readonly MountedVolume[];
  readonly graceSeconds?: number;
  readonly ports?: Readonly<Record<string, number>>;
  readonly env?: readonly EnvVar[];
}

/** A daemon that only talks to the bus and the database. */
export function worker(chart: Chart, { name, component, image, command, env, ports, ...pod }: WorkerPart): Workload {
  return deployment(chart, {
    graceSeconds: 180,
    ...pod,
    name,
    component,
    roles: ['controller'],
    containers: [
      {
        name,
        image,
        command,
        weight: 'worker',
        ...(env === undefined ? {} : { env }),
        ...(ports === undefined ? {} : { ports }),
      },
    ],
  });
}
