import type { Job, KubeObject } from '@keelson/api';
import { askMembersOver, leaderOf, type OvnDatabase, type OvnSide, planOvn } from '@keelson/openstack-svc';
import { sleep, systemClock, systemHttp, terminal } from '@keelson/std';
import { namespace } from '../cloud/deployment.js';
import { until } from '../machine/waiting.js';
import type { Cluster } from '../pods/cluster.js';
import type { Pod } from '../pods/pod.js';

export const sides = ['nb', 'sb'] as const satisfies readonly OvnSide[];
export const databaseNames = { nb: 'OVN_Northbound', sb: 'OVN_Southbound' } as const;
const dataPorts = { nb: 6641, sb: 6642 } as const;
const northd = 'ovn-northd';
const ordersName = 'ovn-ovsdb-state';
const ask = askMembersOver(systemHttp);
/** The CronJob of which the keeper makes the Job that fills the northbound database. */
const refillTemplate: KubeObject & { readonly spec: object } = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { namespace, name: 'neutron-ovn-db-refill' },
  spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: 'ovn-db-refill' }] } } } } },
};

export const memberNames = (side: OvnSide): readonly string[] => [0, 1, 2].map((n) => `ovn-ovsdb-${side}-${n}`);

/** What steps of the lane get. */
export interface OvnContext {
  readonly stand: Stand;
  readonly say: (line: string) => void;
}

/** What an operator asks with annotations. */
export interface Asked {
  readonly rebuild?: string;
  readonly compact?: string;
}

/**
 * OVN's databases as they really run, and openstack-svc's own keeper of them: it asks the members over HTTP, plans, and writes
 * the ConfigMap that they mount.
 */
export class Stand {
  readonly cluster: Cluster;
  #data: Readonly<Record<string, string>> = {};
  #refill: Job | undefined;
  /** The keeper's clock runs so much ahead: it waits minutes for elections that a lane need not wait for. */
  #aheadMs = 0;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  get data(): Readonly<Record<string, string>> {
    return this.#data;
  }

  async database(side: OvnSide): Promise<OvnDatabase> {
    const members = memberNames(side).map(async (name) => ({ name, report: await ask(side, name) }));
    return { side, members: await Promise.all(members) };
  }

  /** One pass of the keeper. @returns what it says */
  async pass(asked: Asked = {}): Promise<string> {
    const { steps, outcome } = planOvn({
      now: systemClock.now() + this.#aheadMs,
      namespace,
      databases: await Promise.all(sides.map((side) => this.database(side))),
      data: this.#data,
      rebuildAsked: asked.rebuild,
      compactAsked: asked.compact,
      refillAsked: undefined,
      refill: { template: refillTemplate, job: this.#refill },
    });
    for (const step of steps) {
      if (step.type === 'write') await this.#publish(step.data);
      // There is no Neutron here whose networks could be written.
      else this.#refill = { ...step.job, status: { succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] } };
    }
    return 'message' in outcome ? (outcome.message ?? outcome.type) : outcome.type;
  }

  /** Passes until the keeper says something. @throws Failure transient with what it says after the time */
  async passUntil(expected: string | RegExp, withinMs = 120_000, asked: Asked = {}): Promise<void> {
    let said = '';
    await until(
      { what: `the keeper saying ${String(expected)}`, withinMs, everyMs: 500 },
      async () => {
        said = await this.pass(asked);
        return (typeof expected === 'string' ? said === expected : expected.test(said)) ? true : undefined;
      },
      () => `It says: ${said}`,
    );
  }

  /** Minutes pass for the keeper alone. */
  wait(minutes: number): void {
    this.#aheadMs += minutes * 60_000;
  }

  /** One cluster of three members, all of them healthy, as all of them see it. */
  async whole(side: OvnSide, withinMs = 90_000): Promise<string> {
    let last = '';
    return until(
      { what: `three members of one cluster of ${databaseNames[side]}`, withinMs, everyMs: 250 },
      async () => {
        const { members } = await this.database(side);
        const rafts = members.flatMap(({ report }) => report?.raft ?? []);
        last = JSON.stringify(members.map(({ name, report }) => [name, report?.bytes, report?.raft]));
        const clusters = new Set(rafts.map(({ cluster }) => cluster));
        const isWhole =
          rafts.length === 3 &&
          clusters.size === 1 &&
          rafts.filter(({ role }) => role === 'leader').length === 1 &&
          rafts.every(
            ({ standing, hasLeader, servers }) => standing === 'cluster member' && hasLeader && servers.length === 3,
          );
        return isWhole ? [...clusters][0] : undefined;
      },
      () => `${last}\n${this.#logs(side)}`,
    );
  }

  async leader(side: OvnSide): Promise<string> {
    return until({ what: `a leader of ${databaseNames[side]}`, withinMs: 60_000, everyMs: 100 }, async () => {
      const { members } = await this.database(side);
      const leader = leaderOf(members);
      return members.find(({ report }) => leader !== undefined && report?.raft?.server === leader.server)?.name;
    });
  }

  pod(name: string): Pod {
    const pod = this.cluster.pods.find(({ part }) => part.name === name);
    if (pod === undefined) throw terminal(`there is no pod ${name}`, { reason: 'NoPod' });
    return pod;
  }

  /** Runs ovn-nbctl or ovn-sbctl in the pod of northd against all members. */
  async control(side: OvnSide, ...words: readonly string[]): Promise<string> {
    const remotes = memberNames(side).map((name) => `tcp:${name}.${namespace}.svc.cluster.local:${dataPorts[side]}`);
    const pod = this.cluster.pod(northd);
    const command = [`ovn-${side}ctl`, '--timeout=30', `--db=${remotes.join(',')}`, ...words];
    const { code, stdout, stderr } = await pod.exec(command, 40_000);
    if (code !== 0) throw terminal(`ovn-${side}ctl ${words.slice(0, 6).join(' ')} ended with ${code}: ${stderr}`);
    return stdout.trim();
  }

  /** The cluster as its leader names it. */
  async clusterId(side: OvnSide): Promise<string> {
    return leaderOf((await this.database(side)).members)?.cluster ?? '';
  }

  /** The leader counts a member by its present id. */
  async counted(side: OvnSide, name: string): Promise<void> {
    await until({ what: `${name} being counted`, withinMs: 120_000, everyMs: 100 }, async () => {
      const { members } = await this.database(side);
      const own = members.find((each) => each.name === name)?.report?.raft;
      if (own?.standing !== 'cluster member') return undefined;
      return leaderOf(members)?.servers.some(({ id }) => id === own.server) === true ? true : undefined;
    });
  }

  /** northd has translated a switch. */
  async bound(name: string): Promise<void> {
    await until(
      { what: `the switch ${name} in the southbound database`, withinMs: 120_000, everyMs: 500 },
      async () => {
        const found = await this.control(
          'sb',
          '--bare',
          '--columns=_uuid',
          'find',
          'Datapath_Binding',
          `external_ids:name=${name}`,
        );
        return found === '' ? undefined : true;
      },
    );
  }

  /** The keeper knows nothing, as in a new cloud. */
  forget(): Promise<void> {
    return this.#publish({});
  }

  async seconds(does: () => Promise<unknown>): Promise<string> {
    const begun = systemClock.now();
    await does();
    return `${((systemClock.now() - begun) / 1000).toFixed(1)} s`;
  }

  async pause(ms: number): Promise<void> {
    await sleep(systemClock, ms);
  }

  async #publish(data: Readonly<Record<string, string>>): Promise<void> {
    this.#data = data;
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: ordersName, namespace }, data };
    await this.cluster.publish(map);
  }

  #logs(side: OvnSide): string {
    return this.cluster.pods
      .filter(({ part }) => part.name.startsWith(`ovn-ovsdb-${side}`))
      .map((pod) => pod.log().slice(-1500))
      .join('\n');
  }
}
