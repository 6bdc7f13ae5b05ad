import { ConfigMapKind } from '@keelson/api';
import { integerBelow, seededRandom } from '@keelson/std';
import type { ChildApi } from '../../clusters/child-api.js';
import type { Faults } from '../../faults/faults.js';
import { StatefulSetKind } from '../../workloads/kinds.js';
import { type ClusterFacts, openstackNamespace } from '../cluster-facts.js';

type Side = 'nb' | 'sb';

export interface OvnMembersOptions {
  readonly api: ChildApi;
  readonly facts: ClusterFacts;
  readonly faults: Pick<Faults, 'holds'>;
}

interface Order {
  readonly id: string;
  /** Whose data the database began anew with; undefined while it is what it was from the start. */
  readonly chosen: string | undefined;
}

const databases = { nb: 'OVN_Northbound', sb: 'OVN_Southbound' } as const;
const raftPorts = { nb: 6643, sb: 6644 } as const;
const name = /^ovn-ovsdb-(nb|sb)-(\d)$/;

/**
 * What members of OVN's databases tell of their cluster, each behind the Service of its name: the text of `cluster/status` as a
 * Raft of so many members would have it. Nothing is kept: who runs, who has lost its data and what was ordered decide.
 *
 * @returns undefined for other Services
 */
export async function ovnMemberAnswer(service: string, options: OvnMembersOptions): Promise<object | undefined> {
  const [, side, own] = name.exec(service) ?? [];
  if (side !== 'nb' && side !== 'sb') return undefined;
  const { api, facts, faults } = options;
  const running = facts.readyPods({ component: `ovn-ovsdb-${side}` }).map(({ metadata }) => metadata.name);
  const state = await api.get(ConfigMapKind, { namespace: openstackNamespace, name: 'ovn-ovsdb-state' });
  const [id = '', chosen] = state?.data?.[side]?.split(' ') ?? [];
  const set = await api.get(StatefulSetKind, { namespace: openstackNamespace, name: `ovn-ovsdb-${side}` });
  const all = Array.from({ length: set?.spec.replicas ?? 1 }, (_, index) => `ovn-ovsdb-${side}-${index}`);
  const up = all.filter((member) => running.includes(member));
  const keeping = up.filter((member) => !faults.holds('ovnDataLost', member));
  const raft = new SimulatedRaft(side, { all, up, keeping }, { id, chosen });
  return {
    database: databases[side],
    status: raft.statusOf(service, Number(own)),
    error: null,
    bytes: 100_000,
    compactedAt: null,
    ordered: state?.data?.[side] ?? null,
    compactOrdered: state?.data?.['compact'] ?? null,
  };
}

interface Members {
  readonly all: readonly string[];
  readonly up: readonly string[];
  /** Of those that are up, those with their data. */
  readonly keeping: readonly string[];
}

class SimulatedRaft {
  readonly #side: Side;
  readonly #order: Order;
  readonly #members: readonly string[];
  /** Those with data; the first of them leads when they are a majority. */
  readonly #voters: readonly string[];

  constructor(side: Side, { all, up, keeping }: Members, order: Order) {
    this.#side = side;
    this.#order = order;
    const { chosen } = order;
    // A database that began anew consists of its first member and of whoever has joined it since.
    const hasBegunAnew = chosen !== undefined && up.includes(chosen);
    this.#members = hasBegunAnew ? [chosen, ...up.filter((member) => member !== chosen)] : all;
    // Who has lost its data gets it from a majority that has it.
    this.#voters = hasBegunAnew ? this.#members : keeping.length > all.length / 2 ? up : keeping;
  }

  statusOf(member: string, index: number): string {
    const isVoter = this.#voters.includes(member);
    const leader = this.#voters.length > this.#members.length / 2 ? this.#voters[0] : undefined;
    const leads = leader === member && isVoter;
    const standing = !isVoter
      ? 'joining cluster'
      : leader === undefined
        ? 'disconnected from the cluster (election timeout)'
        : 'cluster member';
    const id = isVoter ? this.#idOf(member) : this.#idOf(`${member} without data`);
    const servers = isVoter ? this.#members.map((other) => this.#line(other, member, leads)) : [];
    return [
      id,
      `Name: ${databases[this.#side]}`,
      `Cluster ID: ${this.#idOf('cluster')} (${this.#idOf('cluster')}0000-0000-4000-8000-000000000000)`,
      `Server ID: ${id} (${id}000${index}-0000-4000-8000-000000000000)`,
      `Address: ${this.#address(member)}`,
      `Status: ${standing}`,
      `Role: ${leads ? 'leader' : isVoter && leader === undefined ? 'candidate' : 'follower'}`,
      'Term: 1',
      `Leader: ${leads ? 'self' : leader === undefined || !isVoter ? 'unknown' : this.#idOf(leader)}`,
      'Vote: unknown',
      '',
      'Election timer: 1000',
      'Log: [2, 6]',
      'Servers:',
      ...servers,
      '',
    ].join('\n');
  }

  #line(other: string, member: string, leads: boolean): string {
    const id = this.#idOf(other);
    const head = `    ${id} (${id} at ${this.#address(other)})`;
    if (other === member) return leads ? `${head} (self) next_index=2 match_index=5` : `${head} (self)`;
    const heard = this.#voters.includes(other) ? 100 : 600_000;
    return leads ? `${head} next_index=6 match_index=5 last msg ${heard} ms ago` : `${head} last msg ${heard} ms ago`;
  }

  #address(member: string): string {
    return `tcp:${member}.ovn-ovsdb-${this.#side}.${openstackNamespace}.svc.cluster.local:${raftPorts[this.#side]}`;
  }

  /** Four digits, others after every order. */
  #idOf(what: string): string {
    const random = seededRandom(`ovn/${this.#side}/${this.#order.id}/${what}`);
    return (0x1000 + integerBelow(random, 0xefff)).toString(16);
  }
}
