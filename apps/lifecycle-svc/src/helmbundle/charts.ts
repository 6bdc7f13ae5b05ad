import { terminal } from '@keelson/std';

/** A chart with what it is rendered for. */
export interface ChartRequest {
  /** Name of the release. */
  readonly release: string;
  readonly namespace: string;
  /** Name in the repository, or the whole URL of an archive. */
  readonly chart: string;
  readonly repository?: string;
  readonly version?: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Of the cluster, such as `v1.31.9`: charts ask for it. */
  readonly kubernetesVersion?: string;
}

/** What turns charts into manifests. */
export interface Charts {
  /** Why none can be rendered at all here; undefined when some can. */
  readonly lacks?: { readonly reason: string; readonly message: string };
  /**
   * The manifests of a chart, its definitions included and its hooks left out, as a stream of YAML documents.
   *
   * @throws Failure transient, reason `ChartUnreachable`; terminal, reason `ChartRefused` or `HelmMissing`
   */
  render(request: ChartRequest): Promise<string>;
}

const missing = {
  reason: 'HelmMissing',
  message:
    'charts are rendered by Helm, and no helm binary is set: install Helm 3 where lifecycle-svc runs and set KEELSON_HELM_BINARY to it',
};

/** Where no Helm is set: no chart can be installed, and every release says the remedy. */
export const noCharts: Charts = {
  lacks: missing,
  render: async () => {
    throw terminal(missing.message, { reason: missing.reason });
  },
};
