import { type ConfigMap, ConfigMapKind, type KubeObject } from '@keelson/api';
import { memoryBus } from '@keelson/bus';
import { accessLabel, accountKey, accountNamespace } from '@keelson/contracts';
import { httpKubeApi } from '@keelson/kube';
import { type AnyReconciler, rbacOf, reconcilerPage } from '@keelson/reconcile';
import { type InClusters, noSpans, type ServiceDefinition } from '@keelson/service';
import { seededRandom, silentLog, terminal, VirtualClock } from '@keelson/std';
import { memoryRecords } from '@keelson/store';
import { dump } from 'js-yaml';
import { deploymentOf, podKubeconfig } from './deployments.js';

/** First line of every file of this generator, in the comment form of its language. */
export const mark = 'Generated from the declarations of reconcilers by `./keelson generate`. Do not edit.';

/** Folders the generator writes to; files there that carry the mark and are no longer generated are removed. */
export const folders = ['deploy/rbac', 'deploy/services', 'docs/reference/reconcilers'] as const;

/**
 * All generated files: path from the root of the repository to text. Deterministic.
 *
 * @param version version of the services
 */
export function generatedFiles(
  services: readonly ServiceDefinition<unknown>[],
  version: string,
): ReadonlyMap<string, string> {
  const declared = services.map(declarationsOf);
  const files = new Map<string, string>();
  for (const { name, reconcilers, inClusters } of declared) {
    const access = inClusters === undefined ? [] : [accountMap(name, inClusters)];
    files.set(`deploy/rbac/${name}.yaml`, `# ${mark}\n${yaml([...rbacOf(name, reconcilers), ...access])}`);
    files.set(`deploy/services/${name}.yaml`, `# ${mark}\n${yaml(deploymentOf(name, version))}`);
    for (const reconciler of [...reconcilers, ...(inClusters?.reconcilers ?? [])])
      files.set(`docs/reference/reconcilers/${pathOf(reconciler)}`, page(reconcilerPage(reconciler)));
  }
  files.set('docs/reference/reconcilers/README.md', page(index(declared)));
  files.set('deploy/services/keelson.yaml', `# ${mark}\n${yaml([podKubeconfig()])}`);
  files.set(
    'deploy/services/kustomization.yaml',
    `# ${mark}\n${kustomization(['keelson', ...services.map(({ name }) => name)])}`,
  );
  return files;
}

/** What a service would run. Nothing is asked of the outside by making it, and nothing here would answer. */
export function declarationsOf(service: ServiceDefinition<unknown>): Declared {
  const world = { clock: new VirtualClock(), random: seededRandom('declarations'), log: silentLog };
  const nowhere = httpKubeApi({ server: 'https://kubernetes.invalid', ...world, userAgent: 'keelson-generate' });
  const { reconcilers, inClusters } = service.create({
    config: service.config.parse({
      KEELSON_BAREMETAL_URL: 'https://baremetal.invalid',
      KEELSON_MANAGEMENT_ENDPOINT: 'https://management.invalid',
    }),
    ...world,
    api: nowhere,
    bus: memoryBus(world),
    records: memoryRecords(world),
    http: () => Promise.reject(terminal('declarations are read without a network')),
    spans: noSpans,
    connect: () => nowhere,
    connectServices: () => () => Promise.reject(terminal('declarations are read without a network')),
  });
  return { name: service.name, reconcilers, inClusters: inClusters?.() };
}

export interface Declared {
  readonly name: string;
  readonly reconcilers: readonly AnyReconciler[];
  readonly inClusters: InClusters | undefined;
}

/** From which lifecycle-svc makes the service's account in every cluster. */
function accountMap(service: string, { account }: InClusters): KubeObject {
  const map: ConfigMap = {
    apiVersion: 'v1',
    kind: ConfigMapKind.kind,
    metadata: {
      name: `${service}-in-clusters`,
      namespace: accountNamespace,
      labels: { [accessLabel]: service },
    },
    data: { [accountKey]: yaml(account) },
  };
  return map;
}

function index(services: readonly Declared[]): string {
  const lists = services.flatMap(({ name, reconcilers, inClusters }) => [
    [name, reconcilers] as const,
    ...(inClusters === undefined ? [] : [[`${name}, in each MOSK cluster`, inClusters.reconcilers] as const]),
  ]);
  const sections = lists.map(([name, reconcilers]) => {
    const rows = reconcilers.map(
      (reconciler) =>
        `| [${reconciler.name}](${pathOf(reconciler)}) | ${reconciler.kind.kind} | ${reconciler.machine === undefined ? '' : 'yes'} | ${reconciler.summary} |`,
    );
    return `## ${name}\n\n| Reconciler | Kind | States | |\n|---|---|---|---|\n${rows.join('\n')}`;
  });
  return [
    '# Reconcilers',
    'What each reads, writes and, where its kind has states, how these follow each other.',
    ...sections,
  ]
    .join('\n\n')
    .concat('\n');
}

function kustomization(names: readonly string[]): string {
  const resources = names.map((name) => `${name}.yaml`).sort();
  return dump({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources });
}

/** `baremetal/host` has its page at `baremetal/host.md`. */
function pathOf({ name }: AnyReconciler): string {
  return `${name}.md`;
}

function page(text: string): string {
  return `<!-- ${mark} -->\n\n${text}`;
}

function yaml(objects: readonly KubeObject[]): string {
  return objects.map((object) => dump(object, { lineWidth: -1, noRefs: true })).join('---\n');
}
