import { readFileSync } from 'node:fs';
import { type Deployment, DeploymentKind } from '@keelson/api';
import { httpKubeApi, type KubeApi, startCaches } from '@keelson/kube';
import { equalJson, messageOf, silentLog, sleep, systemClock, systemRandom } from '@keelson/std';
import type { Workload } from '../supervision/component.js';
import { ownDeployments, serviceNamespace, wantedVersion } from './deployments.js';
import { deploymentStatus, type ProcessStanding } from './deployment-status.js';
import type { Layout } from '../layout.js';
import { managementName } from '../management/management-api.js';
import type { Beside, Supervisor } from '../supervision/supervisor.js';
import { howToAdd, RolledVersions, rootOf } from './versions.js';

/** Between two looks, milliseconds. They ask nobody: Deployments are watched, processes are our own. */
const lookMs = 250;

export interface RolloutsOptions {
  readonly layout: Layout;
  readonly workloads: readonly Workload[];
  readonly supervisor: Supervisor;
}

/** A process of the wanted version that starts beside the one that serves. */
interface Next {
  readonly version: string;
  readonly root: string;
  readonly beside: Beside;
  readonly sinceMs: number;
}

/**
 * Does for the services of this machine what Kubernetes does for those of a cluster: when the image of a Deployment names
 * another version, its process is started beside the old one, which is ended when the new one could serve.
 */
export class Rollouts {
  readonly #options: RolloutsOptions;
  readonly #next = new Map<string, Next>();
  readonly #rolled: RolledVersions;
  readonly #ending = new AbortController();

  constructor(options: RolloutsOptions) {
    this.#options = options;
    this.#rolled = new RolledVersions(options.layout);
  }

  /** Follows the Deployments from the API's first answer until `stop`. Never rejects: a failure is told and tried again. */
  async run(): Promise<void> {
    const { signal } = this.#ending;
    const { supervisor, layout, workloads } = this.#options;
    await supervisor.wasReady(managementName);
    if (signal.aborted) return;
    const world = { clock: systemClock, random: systemRandom, log: silentLog };
    const kubeconfig = readFileSync(layout.kubeconfig, 'utf8');
    const api = httpKubeApi({ kubeconfig, ...world, userAgent: 'keelson-supervisor' });
    try {
      const caches = await startCaches({ api, ...world, kinds: [{ kind: DeploymentKind, ...ownDeployments }], signal });
      const deployments = caches.of(DeploymentKind);
      while (!signal.aborted) {
        for (const workload of workloads) {
          const deployment = deployments.get({ namespace: serviceNamespace, name: workload.deployment });
          if (deployment !== undefined) await this.#tend(api, workload, deployment).catch(tell(workload));
        }
        await sleep(systemClock, lookMs, signal);
      }
    } catch (error) {
      if (!signal.aborted) process.stderr.write(`supervisor: rollouts ended: ${messageOf(error)}\n`);
    }
  }

  /** No new rollout. The processes are the supervisor's to end. */
  stop(): void {
    this.#ending.abort(new Error('the supervisor is stopping'));
  }

  async #tend(api: KubeApi, workload: Workload, deployment: Deployment): Promise<void> {
    const trouble = await this.#advance(workload, deployment);
    const status = deploymentStatus(deployment, this.#standing(workload, deployment, trouble), systemClock.now());
    if (equalJson({ ...deployment.status, ...status }, deployment.status ?? {})) return;
    const { namespace, name } = deployment.metadata;
    await api.patch(DeploymentKind, { namespace, name }, { status }, { subresource: 'status' });
  }

  /** One step towards the wanted version; gives why there is none. */
  async #advance(workload: Workload, deployment: Deployment): Promise<ProcessStanding['trouble']> {
    const { component, services } = workload;
    const running = this.#options.supervisor.componentOf(component)?.version;
    const wanted = wantedVersion(deployment);
    const next = this.#next.get(component);
    const isWanted = wanted !== running && deployment.spec?.paused !== true;
    if (next !== undefined && (!isWanted || next.version !== wanted)) {
      this.#next.delete(component);
      await next.beside.end();
      return undefined;
    }
    if (!isWanted) return undefined;
    if (wanted === undefined)
      return {
        reason: 'SeveralVersions',
        message: `one process hosts ${services.join(', ')}: their images need one version`,
      };
    if (next === undefined) return this.#start(workload, wanted);
    if (next.beside.missing() === undefined) await this.#takeOver(workload, next);
    return undefined;
  }

  async #start(workload: Workload, version: string): Promise<ProcessStanding['trouble']> {
    const root = rootOf(this.#options.layout, version);
    if (root === undefined)
      return {
        reason: 'VersionMissing',
        message: `version ${version} is not on this machine; ${howToAdd(version)} puts it there`,
      };
    const component = await workload.componentOf(version, root, true);
    if (this.#ending.signal.aborted) return undefined;
    const beside = this.#options.supervisor.startBeside(component);
    this.#next.set(workload.component, { version, root, beside, sinceMs: systemClock.now() });
    return undefined;
  }

  /** Written down first: whatever dies now, the next start is of the new version, which has been ready. */
  async #takeOver(workload: Workload, { version, root, beside }: Next): Promise<void> {
    this.#rolled.set(workload.component, version);
    await beside.replace(await workload.componentOf(version, root, false));
    this.#next.delete(workload.component);
  }

  #standing({ component }: Workload, deployment: Deployment, trouble: ProcessStanding['trouble']): ProcessStanding {
    const { supervisor } = this.#options;
    const next = this.#next.get(component);
    return {
      version: supervisor.componentOf(component)?.version ?? '',
      isReady: supervisor.isReady(component),
      wanted: wantedVersion(deployment),
      ...(next === undefined ? {} : { beside: { sinceMs: next.sinceMs, missing: next.beside.missing() } }),
      ...(trouble === undefined ? {} : { trouble }),
    };
  }
}

const tell =
  ({ deployment }: Workload) =>
  (error: unknown): void => {
    process.stderr.write(`supervisor: ${deployment}: ${messageOf(error)}\n`);
  };
