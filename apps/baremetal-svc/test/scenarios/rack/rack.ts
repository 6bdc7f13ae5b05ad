import {
  type BareMetalHost,
  BareMetalHostKind,
  type CoreEvent,
  EventKind,
  type KubeObject,
  type Machine,
  MachineKind,
  SecretKind,
} from '@keelson/api';
import { baremetalService } from '@keelson/baremetal-svc';
import { createLab, type FaultKind, type Lab } from '@keelson/lab';
import type { Manager } from '@keelson/reconcile';
import { noSpans, routesHttp, type Service } from '@keelson/service';
import { type Http, notFound, seededRandom, silentLog, transient } from '@keelson/std';
import { type HermeticCluster, hermeticCluster, type HermeticOptions } from '@keelson/testing';
import * as manifest from './manifests.js';

/** A rack of simulated servers, baremetal-svc over them, and stand-ins for an operator and for lifecycle-svc. */
export interface Rack {
  readonly world: HermeticCluster;
  readonly lab: Lab;
  readonly manager: Manager;
  /** Applies what an operator writes for servers, networks and layout; any part may be replaced. */
  enroll(servers: readonly number[], parts?: Partial<manifest.ProjectParts>): Promise<void>;
  /** What lifecycle-svc does: bind a Machine to a host; then, once the network is accepted, ask for the installation. */
  bind(machine: string, server: string, spec?: object): Promise<void>;
  install(machine: string, server: string): Promise<void>;
  /** What lifecycle-svc does when a Machine is deleted, up to the point where it waits for the host. */
  vacate(server: string): Promise<void>;
  /** Answers to the last words of installers that get lost on their way from now on: the service has heard them. */
  loseAnswers(count: number): void;
  host(server: string): Promise<BareMetalHost>;
  /** Waits until a host is in a state. */
  hostIs(server: string, state: string, limitSeconds?: number): Promise<BareMetalHost>;
  events(reason: string): Promise<readonly CoreEvent[]>;
  fault(kind: FaultKind, server: string, lastsSeconds?: number): void;
  restart(): Promise<void>;
  close(): Promise<void>;
}

export const namespace = 'demo';
const url = 'https://baremetal.test';

export async function aRack(options: HermeticOptions & { readonly servers?: number } = {}): Promise<Rack> {
  const world = await hermeticCluster(options);
  const { clock } = world;
  const lab = await createLab({
    seed: 'rack',
    servers: options.servers ?? 3,
    clock,
    random: seededRandom('rack/lab'),
    http: (request) => toService(request),
    kube: () => {
      throw transient('agents have no management API in this scenario');
    },
    makeChildApi: () => {
      throw transient('there are no child clusters in this scenario');
    },
  });
  let service = aService(world, lab);
  let answersToLose = 0;
  const toService: Http = async (request) => {
    if (!request.url.startsWith(url)) throw notFound(`nobody answers at ${request.url}`);
    const answer = await routesHttp(service.routes ?? [])(request);
    if (request.method !== 'POST' || answer.status !== 200 || answersToLose === 0) return answer;
    answersToLose -= 1;
    throw transient('the answer was lost on its way');
  };
  let manager = await world.run('baremetal-svc', service.reconcilers);
  await service.start?.();
  await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const host = (server: string): Promise<BareMetalHost> => world.get(BareMetalHostKind, { namespace, name: server });
  return {
    world,
    lab,
    get manager() {
      return manager;
    },
    enroll: (servers, parts) => world.apply(...manifest.project(servers, parts)),
    loseAnswers(count) {
      answersToLose = count;
    },
    bind: (machine, server, spec) => bind(world, machine, server, spec),
    install: (machine, server) => install(world, machine, server),
    vacate: async (server) => {
      await world.api.patch(
        BareMetalHostKind,
        { namespace, name: server },
        { spec: { image: null, userData: null, metaData: null } },
      );
    },
    host,
    async hostIs(server, state, limitSeconds) {
      await world.until(
        `${server} is ${state}`,
        async () =>
          (await world.find(BareMetalHostKind, { namespace, name: server }))?.status?.provisioning.state === state,
        limitSeconds,
      );
      return host(server);
    },
    async events(reason) {
      // Events are written in the background.
      await world.advance(2);
      return (await world.api.list(EventKind, { namespace })).items.filter((event) => event.reason === reason);
    },
    fault(kind, server, lastsSeconds) {
      lab.faults.inject({
        kind,
        servers: [server],
        from: clock.now(),
        ...(lastsSeconds === undefined ? {} : { until: clock.now() + lastsSeconds * 1000 }),
      });
    },
    async restart() {
      const stopping = manager.stop();
      await world.advance(60);
      await stopping;
      await service.stop?.();
      service = aService(world, lab);
      manager = await world.run('baremetal-svc', service.reconcilers);
      await service.start?.();
    },
    async close() {
      await lab.stop();
      await world.close();
    },
  };
}

function aService(world: HermeticCluster, lab: Lab): Service {
  return baremetalService.create({
    config: { url },
    clock: world.clock,
    random: seededRandom('rack/service'),
    log: silentLog,
    api: world.api,
    bus: world.bus,
    records: world.records,
    http: lab.redfish.http,
    spans: noSpans,
    connect: () => {
      throw transient('there are no other clusters in this scenario');
    },
    connectServices: () => () => Promise.reject(transient('there are no other clusters in this scenario')),
  });
}

async function bind(world: HermeticCluster, name: string, server: string, spec: object = {}): Promise<void> {
  await world.apply(manifest.machine(name, server, spec));
  const machine = await world.get(MachineKind, { namespace, name });
  const consumerRef = { apiVersion: machine.apiVersion, kind: 'Machine', namespace, name, uid: machine.metadata.uid };
  await world.api.patch(BareMetalHostKind, { namespace, name: server }, { spec: { consumerRef } });
}

async function install(world: HermeticCluster, name: string, server: string): Promise<void> {
  const machine: Machine = await world.get(MachineKind, { namespace, name });
  const secretName = `${name}-cloud-init`;
  const stringData = {
    userData: '#cloud-config\nwrite_files: []\n',
    metaData: `local-hostname: kaas-node-${machine.metadata.uid ?? ''}\n`,
  };
  const secret: KubeObject & { stringData: object } = {
    apiVersion: 'v1',
    kind: SecretKind.kind,
    metadata: { name: secretName, namespace },
    stringData,
  };
  await world.apply(secret);
  const reference = { name: secretName, namespace };
  const spec = {
    image: { url: 'https://images.test/ubuntu.iso', checksum: 'abc' },
    userData: reference,
    metaData: reference,
    online: true,
  };
  await world.api.patch(BareMetalHostKind, { namespace, name: server }, { spec });
}
