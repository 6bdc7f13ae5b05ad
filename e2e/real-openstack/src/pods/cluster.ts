import { join } from 'node:path';
import { mkdir, rm } from 'node:fs/promises';
import type { KubeObject } from '@keelson/api';
import { canonicalJson, messageOf, sleep, systemClock, terminal } from '@keelson/std';
import { z } from 'zod';
import { type ClusterNode, startNode } from '../machine/node.js';
import { output } from '../machine/shell.js';
import { until } from '../machine/waiting.js';
import { AddressBook } from '../network/addresses.js';
import { type ServicePort, serviceRules } from '../network/service-rules.js';
import { placesOf, type Place } from './placement.js';
import { Pod } from './pod.js';
import { type Workload, workloadOf } from './template.js';

export interface ClusterPart {
  readonly namespace: string;
  readonly domain: string;
  /** Where pods, claims and logs are. */
  readonly directory: string;
  readonly trees: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

const nodeLabels = {
  ctl: { 'openstack-control-plane': 'enabled', 'openstack-gateway': 'enabled', openvswitch: 'enabled' },
  cmp: { 'openstack-compute-node': 'enabled', openvswitch: 'enabled' },
} as const;

const ServiceSchema = z.object({
  spec: z.object({
    clusterIP: z.string().optional(),
    publishNotReadyAddresses: z.boolean().default(false),
    selector: z.record(z.string(), z.string()).default({}),
    ports: z.array(z.object({ port: z.number(), targetPort: z.number(), protocol: z.string() })),
  }),
});
type Service = z.infer<typeof ServiceSchema>['spec'] & { readonly name: string };

const DataSchema = z.object({ data: z.record(z.string(), z.string()).default({}) });

interface Running {
  readonly workload: Workload;
  /** The pod's template as text: a pod of another text is replaced. */
  readonly templateText: string;
  readonly pod: Pod;
}

/** What Kubernetes puts on pods of a StatefulSet. */
const podNameLabel = 'statefulset.kubernetes.io/pod-name';

const jobTimeoutMs = 900_000;
const jobTries = 3;
const rulesPeriodMs = 1000;

/**
 * The plain container runner: does for rendered objects what the controllers and the kubelet of a Kubernetes would, as far as
 * the rendered objects ask for it. Liveness, resources, policies, budgets and Ingresses are not heeded.
 */
export class Cluster {
  readonly part: ClusterPart;
  readonly addresses = new AddressBook();
  readonly nodes: ClusterNode[] = [];
  readonly #secrets = new Map<string, Readonly<Record<string, Buffer>>>();
  readonly #configMaps = new Map<string, Readonly<Record<string, Buffer>>>();
  readonly #services = new Map<string, Service>();
  readonly #workloads = new Map<string, Workload>();
  readonly #running = new Map<string, Running>();
  /** Those that are asked to end and have not ended. */
  readonly #ending = new Set<Running>();
  readonly #doneJobs = new Map<string, string>();
  #generation = 0;
  #rules = '';

  constructor(part: ClusterPart) {
    this.part = part;
  }

  /** Starts a node: `ctl-…` is a controller and a gateway, `cmp-…` a compute. */
  async addNode(name: `${keyof typeof nodeLabels}-${number}`): Promise<void> {
    const labels = name.startsWith('ctl') ? nodeLabels.ctl : nodeLabels.cmp;
    const directory = join(this.part.directory, 'nodes', name);
    this.nodes.push(await startNode({ name, labels, directory, address: this.addresses.of('node', name) }));
  }

  /** Keeps the rules of Services in step with pods, until the process ends. */
  async follow(): Promise<never> {
    for (;;) {
      await this.#writeRules();
      await sleep(systemClock, rulesPeriodMs);
    }
  }

  /** Addresses of a name below the cluster's domain; undefined for no such name. */
  lookup(name: string): readonly string[] | undefined {
    const suffix = `.${this.part.namespace}.svc.${this.part.domain}`;
    if (!name.endsWith(suffix)) return undefined;
    const parts = name.slice(0, -suffix.length).split('.');
    const service = this.#services.get(parts.at(-1) ?? '');
    if (service === undefined) return undefined;
    if (service.clusterIP !== 'None')
      return parts.length === 1 ? [this.addresses.of('service', service.name)] : undefined;
    const members = this.#membersOf(service);
    if (parts.length === 1) return members.map(({ pod }) => pod.ip);
    const member = members.find(({ pod }) => pod.part.name === parts[0]);
    return member === undefined ? undefined : [member.pod.ip];
  }

  /** Writes configuration; workloads are what `run` and `roll` are for. */
  configure(objects: readonly KubeObject[]): void {
    for (const object of objects) {
      const { name } = object.metadata;
      if (object.kind === 'Secret') this.#secrets.set(name, dataOf(object, 'base64'));
      if (object.kind === 'ConfigMap') this.#configMaps.set(name, dataOf(object, 'utf8'));
      if (object.kind === 'Service') this.#services.set(name, { name, ...ServiceSchema.parse(object).spec });
    }
  }

  /** Runs a Job unless one with the same inputs succeeded. @throws Failure terminal with the log of its last try */
  async run(object: KubeObject): Promise<boolean> {
    const { name, annotations = {} } = object.metadata;
    const inputs = canonicalJson(annotations);
    if (this.#doneJobs.get(name) === inputs) return false;
    const workload = this.#workload(object);
    for (let attempt = 1; ; attempt++) {
      const [place] = placesOf(workload, this.nodes);
      if (place === undefined) throw terminal(`the Job ${name} fits no node`, { reason: 'NoNode' });
      const pod = await this.#start(workload, { ...place, pod: `${name}-${++this.#generation}` });
      const code = await pod.end(jobTimeoutMs);
      const log = pod.log();
      await pod.stop();
      if (code === 0) break;
      this.part.say(`Job ${name} ended with ${code}, try ${attempt} of ${jobTries}`);
      if (attempt === jobTries) throw terminal(`the Job ${name} ended with ${code}: ${log}`, { reason: 'JobFailed' });
      await sleep(systemClock, 5000);
    }
    this.#doneJobs.set(name, inputs);
    return true;
  }

  /**
   * Makes the pods of a workload what its template says, one after the other, each ready before the next.
   *
   * @returns names of the pods that were started
   * @throws Failure transient with the logs of a pod that does not get ready
   */
  async roll(object: KubeObject, withinMs: number): Promise<readonly string[]> {
    const workload = this.#workload(object);
    this.#workloads.set(key(workload), workload);
    const templateText = canonicalJson(workload.template);
    const places = placesOf(workload, this.nodes);
    const known = new Set(places.map(({ pod }) => pod));
    for (const [name, running] of this.#running)
      if (key(running.workload) === key(workload) && !known.has(name)) await this.#end(name);
    const started: string[] = [];
    const missing = workload.startsAtOnce ? places.filter(({ pod }) => !this.#running.has(pod)) : [];
    await Promise.all(missing.map((place) => this.#replace(workload, place, templateText, withinMs)));
    started.push(...missing.map(({ pod }) => pod));
    for (const place of places) {
      const before = this.#running.get(place.pod);
      if (before?.templateText === templateText) continue;
      await this.#replace(workload, place, templateText, withinMs);
      started.push(place.pod);
    }
    return started;
  }

  /** The pod of a workload on a node, or its first one. @throws Failure terminal when there is none */
  pod(workload: string, node?: string): Pod {
    for (const running of this.#running.values())
      if (running.workload.name === workload && (node === undefined || running.pod.part.node.name === node))
        return running.pod;
    throw terminal(`there is no pod of ${workload}${node === undefined ? '' : ` on ${node}`}`, { reason: 'NoPod' });
  }

  get pods(): readonly Pod[] {
    return [...this.#running.values()].map(({ pod }) => pod);
  }

  /** Ends the pods of a workload. */
  async stop(workload: string): Promise<void> {
    for (const [name, running] of this.#running) if (running.workload.name === workload) await this.#end(name);
  }

  /** Changes configuration where it is mounted, as the kubelet does. */
  async publish(object: KubeObject): Promise<void> {
    this.configure([object]);
    await Promise.all(this.pods.map((pod) => pod.refresh()));
  }

  /** Ends pods at once, as power that fails does. @param losing names of claims' templates whose volumes are lost too */
  async crash(names: readonly string[], losing: readonly string[] = []): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const running = this.#running.get(name);
        this.#running.delete(name);
        await running?.pod.kill();
        for (const claim of losing)
          await rm(join(this.part.directory, 'claims', `${claim}-${name}`), { recursive: true, force: true });
      }),
    );
  }

  /** Starts pods of workloads that were rolled before, all at once, and does not wait for them. */
  async revive(names: readonly string[]): Promise<void> {
    const places = [...this.#workloads.values()].flatMap((workload) =>
      placesOf(workload, this.nodes).flatMap((place) => (names.includes(place.pod) ? [{ workload, place }] : [])),
    );
    await Promise.all(
      places.map(async ({ workload, place }) => {
        const pod = await this.#start(workload, place);
        this.#running.set(place.pod, { workload, templateText: canonicalJson(workload.template), pod });
      }),
    );
  }

  #workload(object: KubeObject): Workload {
    const workload = workloadOf(object);
    if (workload === undefined)
      throw terminal(`${object.kind} ${object.metadata.name} is no workload`, { reason: 'BadWorkload' });
    return workload;
  }

  /** A Deployment's new pod is ready before the old one ends; the others cannot be there twice. */
  async #replace(workload: Workload, place: Place<ClusterNode>, templateText: string, withinMs: number): Promise<void> {
    const old = this.#running.get(place.pod);
    const isBeside = workload.kind === 'Deployment' && !workload.template.spec.hostNetwork;
    if (old !== undefined && !isBeside) await this.#end(place.pod);
    const pod = await this.#start(workload, place);
    if (old === undefined || !isBeside) this.#running.set(place.pod, { workload, templateText, pod });
    await this.#ready(pod, withinMs).catch(async (error: unknown) => {
      if (old !== undefined && isBeside) await pod.stop();
      throw error;
    });
    if (old === undefined || !isBeside) return;
    this.#running.set(place.pod, { workload, templateText, pod });
    await this.#writeRules();
    await old.pod.stop();
  }

  async #start(workload: Workload, { pod: name, node }: Place<ClusterNode>): Promise<Pod> {
    const { directory, namespace, domain, trees } = this.part;
    const logs = join(directory, 'logs');
    await mkdir(logs, { recursive: true });
    const generation = ++this.#generation;
    const ip = this.addresses.of('pod', workload.kind === 'StatefulSet' ? name : `${name}#${generation}`);
    const pod = new Pod({
      name,
      namespace,
      domain,
      template: workload.template,
      node,
      ip,
      logs,
      trees,
      restarts: workload.kind !== 'Job',
      volumes: {
        node,
        pod: name,
        directory: join(directory, 'pods', `${name}-${generation}`),
        claims: join(directory, 'claims'),
        claimTemplates: workload.claims,
        secret: (each) => this.#secrets.get(each),
        configMap: (each) => this.#configMaps.get(each),
      },
    });
    // Its name must be known before it starts: members of a cluster look each other up.
    if (workload.kind === 'StatefulSet') this.#running.set(name, { workload, templateText: '', pod });
    await pod.start();
    return pod;
  }

  async #ready(pod: Pod, withinMs: number): Promise<void> {
    await until(
      { what: `${pod.part.name} being ready`, withinMs, everyMs: 250 },
      () => (pod.isReady ? true : undefined),
      () => `It was restarted ${pod.restarts} times. ${pod.log()}`,
    );
  }

  /** Ends a pod as a drain does. */
  end(name: string): Promise<void> {
    return this.#end(name);
  }

  async #end(name: string): Promise<void> {
    const running = this.#running.get(name);
    if (running === undefined) return;
    this.#running.delete(name);
    this.#ending.add(running);
    await running.pod.stop().finally(() => this.#ending.delete(running));
  }

  #membersOf({ selector }: Service, among: Iterable<Running> = this.#running.values()): readonly Running[] {
    return [...among].filter(({ workload, pod }) => {
      const labels = { ...workload.template.metadata.labels, [podNameLabel]: pod.part.name };
      return Object.entries(selector).every(([label, value]) => Reflect.get(labels, label) === value);
    });
  }

  async #writeRules(): Promise<void> {
    const rules = serviceRules(this.#ports());
    if (rules === this.#rules) return;
    const tree = Object.values(this.part.trees)[0] ?? '/';
    await output('chroot', [tree, 'nft', '-f', '-'], { input: rules }).then(
      () => (this.#rules = rules),
      (error: unknown) => this.part.say(`Writing the rules of Services: ${messageOf(error)}`),
    );
  }

  /** Who answers for a Service: a pod that is ready, else, as kube-proxy does it, one that ends and still answers. */
  #ports(): ServicePort[] {
    return [...this.#services.values()].flatMap((service) => {
      const ready =
        this.#membersOf(service).find(({ pod }) => pod.isReady || service.publishNotReadyAddresses) ??
        this.#membersOf(service, this.#ending).find(({ pod }) => pod.isServing);
      if (service.clusterIP === 'None' || ready === undefined) return [];
      return service.ports.map(({ port, targetPort, protocol }) => ({
        address: this.addresses.of('service', service.name),
        protocol: protocol === 'UDP' ? 'udp' : 'tcp',
        port,
        pod: ready.pod.ip,
        podPort: targetPort,
      }));
    });
  }
}

function key({ kind, name }: Workload): string {
  return `${kind}/${name}`;
}

function dataOf(object: KubeObject, encoding: BufferEncoding): Readonly<Record<string, Buffer>> {
  const { data } = DataSchema.parse(object);
  return Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text, encoding)]));
}
