import type { KubeObject } from '@keelson/api';
import {
  cloudOf,
  type CloudService,
  credentialsOf,
  enabledServices,
  type OpenStackRelease,
  type RenderedService,
  type RenderInput,
  type Stage,
  upgradeOrder,
  type UpgradeStep,
} from '@keelson/openstack-svc';
import { systemClock, terminal } from '@keelson/std';
import type { Cluster } from '../pods/cluster.js';
import { workloadKinds } from '../pods/template.js';
import { CredentialStore, type RotationGroup } from './credentials.js';
import { cloudName, deploymentSpec, laneServices, namespace, type SpecChoices } from './deployment.js';

const readyWithinMs = 600_000;

/** Applies what openstack-svc renders, in the order in which it renders it. */
export class Rollout {
  readonly credentials = new CredentialStore();
  readonly #cluster: Cluster;
  readonly #say: (line: string) => void;
  readonly #begun = new Map<string, Promise<readonly string[]>>();
  release: OpenStackRelease;
  choices: SpecChoices = {};

  constructor(cluster: Cluster, release: OpenStackRelease, say: (line: string) => void) {
    this.#cluster = cluster;
    this.release = release;
    this.#say = say;
  }

  /** Begins to apply services; `apply` waits for them. Time of the lane is time of processes that import for long. */
  begin(...names: readonly string[]): void {
    for (const [name, applied] of this.#start(names)) {
      applied.catch(() => undefined);
      this.#begun.set(name, applied);
    }
  }

  /**
   * Applies services completely, each when those that it needs are applied, the others beside it.
   *
   * @returns names of the pods that were started
   */
  async apply(...names: readonly string[]): Promise<readonly string[]> {
    const begun = names.flatMap((name) => this.#begun.get(name) ?? []);
    const fresh = this.#start(names.filter((name) => !this.#begun.has(name)));
    for (const name of names) this.#begun.delete(name);
    return (await Promise.all([...begun, ...fresh.values()])).flat();
  }

  #start(names: readonly string[]): ReadonlyMap<string, Promise<readonly string[]>> {
    const started = new Map<string, Promise<readonly string[]>>();
    for (const { service, rendered } of this.rendered()) {
      if (!names.includes(service.name)) continue;
      const needed = service.needs.flatMap((need) => started.get(need) ?? this.#begun.get(need) ?? []);
      started.set(
        service.name,
        Promise.all(needed).then(() => this.#applyService(rendered)),
      );
    }
    return started;
  }

  /**
   * Rotates credentials as openstack-svc does: accounts of the new users are made by those in force, then everything uses them,
   * then the old accounts go.
   *
   * @returns names of the pods that were started
   */
  async rotate(...groups: readonly RotationGroup[]): Promise<readonly string[]> {
    this.credentials.announce(groups);
    for (const { rendered } of this.rendered()) await this.#applyStages(rendered.service, rendered.opening ?? []);
    this.credentials.exchange();
    const started = await this.apply(...laneServices);
    for (const { rendered } of this.rendered()) await this.#applyStages(rendered.service, rendered.closing ?? []);
    this.credentials.forget(groups);
    return started;
  }

  /** All that the lane runs, in order. */
  rendered(): readonly { readonly service: CloudService; readonly rendered: RenderedService }[] {
    const cloud = cloudOf(this.#input());
    this.credentials.ensure(credentialsOf(cloud));
    const isOurs = (name: string): boolean => laneServices.some((each) => each === name);
    return enabledServices(cloud)
      .filter(({ name }) => isOurs(name))
      .map((service) => ({ service, rendered: service.render(cloud) }));
  }

  #input(): RenderInput {
    return {
      name: cloudName,
      namespace,
      spec: deploymentSpec(this.choices),
      release: this.release,
      secrets: this.credentials.view,
      nodes: this.#cluster.nodes.map(({ name, labels }) => ({ name, labels })),
    };
  }

  /**
   * Moves every service to a release through the steps that it declares.
   *
   * @param passOver names of steps whose failure does not stop it
   * @returns what such steps ended with
   */
  async upgrade(
    release: OpenStackRelease,
    passOver: readonly string[],
    done: (service: string) => void,
  ): Promise<readonly string[]> {
    this.release = release;
    const all = this.rendered();
    const first = upgradeOrder.flatMap((name) => all.find(({ service }) => service.name === name) ?? []);
    const passed: string[] = [];
    const through = async (part: readonly UpgradeStep[], service: string, rendered: RenderedService): Promise<void> => {
      for (const step of part)
        await this.#upgradeStep(service, step, rendered).catch((error: unknown) => {
          if (!passOver.includes(step.name)) throw error;
          passed.push(`${service} ${step.name}`);
        });
    };
    // Before anything is touched, with files of their own.
    for (const { service, rendered } of first) {
      const checks = service.upgrade.filter(({ does }) => does === 'check');
      this.#cluster.configure(rendered.onDemand.filter(({ kind }) => kind !== 'Job'));
      await through(checks, service.name, rendered);
    }
    for (const { service, rendered } of [...all.filter((each) => !first.includes(each)), ...first]) {
      this.#cluster.configure(rendered.stages.flatMap(({ objects }) => objects));
      const steps = service.upgrade.filter(({ does }) => does !== 'check');
      await through(steps, service.name, rendered);
      await this.#applyService(rendered);
      done(service.name);
    }
    return passed;
  }

  #applyService({ service, stages }: RenderedService): Promise<readonly string[]> {
    return this.#applyStages(service, stages);
  }

  async #applyStages(service: string, stages: readonly Stage[]): Promise<readonly string[]> {
    const started: string[] = [];
    for (const { name, objects, until } of stages) {
      const begun = systemClock.now();
      this.#cluster.configure(objects);
      if (until === 'complete') await this.#runJobs(objects);
      if (until === 'ready') started.push(...(await this.#roll(objects)));
      if (until !== 'applied')
        this.#say(`  ${service}: ${name} in ${((systemClock.now() - begun) / 1000).toFixed(1)} s`);
    }
    return started;
  }

  async #upgradeStep(
    service: string,
    { name, does, components }: UpgradeStep,
    rendered: RenderedService,
  ): Promise<void> {
    const all = [...rendered.stages.flatMap(({ objects }) => objects), ...rendered.onDemand];
    const objects = all.filter(({ metadata }) => components.includes(metadata.labels?.['component'] ?? ''));
    this.#say(`  ${service}: upgrade step ${name}`);
    switch (does) {
      case 'check':
      case 'run':
        return this.#runJobs(objects.filter(({ kind }) => kind === 'Job'));
      case 'replace':
        await this.#roll(objects.filter(({ kind }) => kind !== 'Job'));
        return;
      case 'stop':
        for (const { kind, metadata } of objects) if (kind !== 'Job') await this.#cluster.stop(metadata.name);
        return;
      default:
        throw terminal(`the upgrade step ${name} of ${service} is of an unknown sort`, { reason: 'BadStep' });
    }
  }

  async #runJobs(objects: readonly KubeObject[]): Promise<void> {
    for (const object of objects) if (object.kind === 'Job') await this.#cluster.run(object);
  }

  async #roll(objects: readonly KubeObject[]): Promise<readonly string[]> {
    const workloads = objects.filter(({ kind }) => kind !== 'Job' && workloadKinds.some((each) => each === kind));
    const started = await Promise.all(workloads.map((each) => this.#cluster.roll(each, readyWithinMs)));
    return started.flat();
  }
}
