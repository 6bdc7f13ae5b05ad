import {
  type BareMetalHost,
  BareMetalHostKind,
  type IPaddr,
  IPaddrKind,
  IpamHostKind,
  type KubeObject,
  type Machine,
  MachineKind,
  keyOf,
} from '@keelson/api';
import { sleep } from '@keelson/std';
import type { HermeticCluster } from '@keelson/testing';
import { address, namespace } from './manifests.js';
import type { RackHosts } from './rack-hosts.js';

export interface BareMetalOptions {
  readonly world: HermeticCluster;
  readonly hosts: RackHosts;
  /** Hosts that do not get on with deprovisioning. */
  readonly stuck: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** In the place of baremetal-svc: writes what it would write, after a time. */
export class BareMetal {
  readonly #options: BareMetalOptions;
  /** When the operation on a host that is under way ends. */
  readonly #dueAt = new Map<string, number>();

  constructor(options: BareMetalOptions) {
    this.#options = options;
  }

  /** Every other second, until the scenario is over. */
  async drive(): Promise<void> {
    const { world, signal } = this.#options;
    while (!signal.aborted) {
      for (const ipaddr of (await world.api.list(IPaddrKind, { namespace })).items) await this.#giveAddress(ipaddr);
      for (const machine of (await world.api.list(MachineKind, { namespace })).items) await this.#giveNetwork(machine);
      for (const host of (await world.api.list(BareMetalHostKind, { namespace })).items) await this.#moveHost(host);
      await sleep(world.clock, 2_000, signal).catch(() => undefined);
    }
  }

  async #giveAddress(ipaddr: IPaddr): Promise<void> {
    if (ipaddr.status?.phase === undefined)
      await this.#options.world.report(IPaddrKind, keyOf(ipaddr), { phase: 'Active', address });
  }

  async #giveNetwork(machine: Machine): Promise<void> {
    const { world } = this.#options;
    const key = keyOf(machine);
    const at = machine.metadata.annotations?.['metal3.io/BareMetalHost'];
    const isLeaving = machine.metadata.deletionTimestamp !== undefined;
    if (isLeaving || at === undefined || (await world.find(IpamHostKind, key)) !== undefined) return;
    await world.apply({
      apiVersion: 'ipam.mirantis.com/v1alpha1',
      kind: 'IpamHost',
      metadata: { name: key.name, namespace },
      spec: {},
    } as KubeObject);
    await world.report(IpamHostKind, key, {
      netconfigV2state: 'OK: now x',
      netconfigFilesState: 'OK: now x',
      serviceMap: { 'k8s-lcm': [{ ifName: 'eno1', ipAddress: `127.20.0.${at.split('-').at(-1) ?? ''}` }] },
    });
  }

  async #moveHost(host: BareMetalHost): Promise<void> {
    const { world, hosts, stuck } = this.#options;
    const { name } = host.metadata;
    const state = host.status?.provisioning.state;
    const now = world.clock.now();
    const move = async (to: string, poweredOn: boolean): Promise<void> => {
      await world.report(BareMetalHostKind, keyOf(host), { poweredOn, provisioning: { state: to } });
    };
    const begin = async (to: string): Promise<void> => {
      this.#dueAt.set(name, now + 10_000);
      await move(to, true);
    };
    const isDue = now >= (this.#dueAt.get(name) ?? 0);
    if (host.spec.image !== undefined && state === 'available') await begin('provisioning');
    else if (state === 'provisioning' && host.spec.image !== undefined && isDue) {
      hosts.wipe(name);
      await move('provisioned', true);
      await hosts.boot(host);
    } else if ((state === 'provisioned' || state === 'provisioning') && host.spec.image === undefined) {
      hosts.takeDown(name);
      await begin('deprovisioning');
    } else if (state === 'deprovisioning' && isDue && !stuck.has(name)) await move('available', false);
  }
}

/** A host that is inspected and free. */
export async function addHost(world: HermeticCluster, name: string, number: number): Promise<void> {
  await world.apply({
    apiVersion: 'metal3.io/v1alpha1',
    kind: 'BareMetalHost',
    metadata: {
      name,
      namespace,
      labels: { 'kaas.mirantis.com/baremetalhost-id': name, rack: number % 2 === 0 ? 'b' : 'a' },
    },
    spec: { online: true },
  } as KubeObject);
  await world.report(
    BareMetalHostKind,
    { namespace, name },
    {
      errorMessage: '',
      operationalStatus: 'OK',
      poweredOn: false,
      provisioning: { ID: name, state: 'available' },
      hardware: {
        cpu: { count: 64 },
        ramMebibytes: 262144,
        storage: [{ name: '/dev/sda', type: 'SSD', sizeBytes: 480e9 }],
      },
    },
  );
}
