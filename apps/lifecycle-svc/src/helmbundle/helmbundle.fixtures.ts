import { type HelmBundle, HelmBundleKind, type KubeObject, type ObjectKey } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { seededRandom, silentLog, terminal, transient } from '@keelson/std';
import { type HermeticCluster, type HermeticOptions, hermeticCluster } from '@keelson/testing';
import { ConnectedClusters } from '../child/connected-clusters.js';
import type { ChartRequest, Charts } from './charts.js';
import { helmBundleReconciler } from './helmbundle.reconciler.js';

export const namespace = 'demo';
const cluster = 'first';
export const bundleKey: ObjectKey = { namespace, name: cluster };

/** Charts as a spec wants them: by name, manifests or how rendering fails. */
export class ScriptedCharts implements Charts {
  readonly asked: ChartRequest[] = [];
  readonly texts = new Map<string, string>();
  readonly failures = new Map<string, 'transient' | 'terminal'>();

  render = async (request: ChartRequest): Promise<string> => {
    this.asked.push(request);
    const failure = this.failures.get(request.release);
    if (failure === 'transient') throw transient('the repository is away', { reason: 'ChartUnreachable' });
    if (failure === 'terminal') throw terminal('a value is missing', { reason: 'ChartRefused' });
    return this.texts.get(request.release) ?? '';
  };
}

export interface HelmWorld {
  readonly world: HermeticCluster;
  readonly charts: ScriptedCharts;
  bundle(): Promise<HelmBundle>;
  statusOf(release: string): Promise<Record<string, unknown> | undefined>;
  /** Lets time pass until the bundle is in the state. */
  untilState(state: string): Promise<void>;
}

/** One API that stands for the management cluster and for the cluster that charts are installed in. */
export async function aHelmWorld(
  options: HermeticOptions & { charts?: Charts; around?: (api: KubeApi) => KubeApi } = {},
): Promise<HelmWorld> {
  const world = await hermeticCluster({ ...options, profile: 'child' });
  const { around = (api) => api } = options;
  const scripted = new ScriptedCharts();
  await world.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'cluster.k8s.io/v1alpha1',
      kind: 'Cluster',
      metadata: { name: cluster, namespace },
      spec: {
        clusterNetwork: { services: { cidrBlocks: ['10.0.0.0/18'] }, pods: { cidrBlocks: ['10.1.0.0/18'] } },
        providerSpec: { value: {} },
      },
    } as KubeObject,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `${cluster}-kubeconfig`, namespace },
      data: { value: Buffer.from('kubeconfig').toString('base64') },
    } as KubeObject,
  );
  const { clock } = world;
  const random = seededRandom('helm');
  const children = new ConnectedClusters({ connect: () => around(world.api), clock, random, log: silentLog });
  const reconcilers = [helmBundleReconciler({ children, charts: options.charts ?? scripted, clock, random })];
  await world.run('lifecycle-svc', reconcilers);
  const close = world.close.bind(world);
  world.close = async () => {
    children.close();
    await close();
  };
  const bundle = () => world.get(HelmBundleKind, bundleKey);
  return {
    world,
    charts: scripted,
    bundle,
    statusOf: async (release) => (await bundle()).status?.releaseStatuses?.[release],
    untilState: (state) =>
      world.until(`the bundle is ${state}`, async () => (await bundle()).status?.progress?.state === state, 1800),
  };
}

export function aBundle(...releases: readonly Partial<HelmBundle['spec']['releases'][number]>[]): HelmBundle {
  return {
    apiVersion: 'lcm.mirantis.com/v1alpha1',
    kind: 'HelmBundle',
    metadata: { ...bundleKey, name: cluster },
    spec: {
      repositories: [{ name: 'charts', url: 'https://charts.test' }],
      releases: releases.map((release) => ({ name: 'web', namespace: 'web', chart: 'charts/web', ...release })),
    },
  };
}

/** A chart with a Deployment, and as many ConfigMaps as names are given. */
export function aChart(name: string, ...configMaps: readonly string[]): string {
  const configs = configMaps.map(
    (config) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${config}}\ndata: {a: b}\n`,
  );
  const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: a, image: registry.test/a}]}
`;
  return [deployment, ...configs].join('---\n');
}
