import type { LoadBalancerCloud } from './load-balancer-api.js';
import type { Doc } from './exchange.js';

/** Until a new amphora balances, seconds. */
const bootSeconds = 60;
/** Between looks at a failover that does not get on, seconds. */
const lookSeconds = 10;
const roles = ['MASTER', 'BACKUP'] as const;

/** An amphora of a load balancer that is replaced, and those whose turn comes after it. */
interface Turn {
  readonly id: string;
  readonly old: string;
  readonly next: string;
  readonly rest: readonly string[];
}
type Status = 'ACTIVE' | 'ERROR' | 'PENDING_CREATE' | 'PENDING_UPDATE';

/** octavia-worker, simulated: load balancers of two amphorae each, made and replaced one at a time, which can fail or get stuck. */
export class LoadBalancers {
  readonly #cloud: LoadBalancerCloud;

  /** What was not ended when the lab's process did is taken up again. */
  constructor(cloud: LoadBalancerCloud) {
    this.#cloud = cloud;
    for (const doc of cloud.collection('loadbalancers').list(new URLSearchParams())) {
      if (doc['provisioning_status'] === 'PENDING_CREATE') this.create(String(doc['id']));
      if (doc['provisioning_status'] === 'PENDING_UPDATE') this.failOver(String(doc['id']));
    }
  }

  amphorae(query = new URLSearchParams()): readonly Doc[] {
    return this.#cloud.collection('amphorae').list(query);
  }

  create(id: string): Doc {
    const doc = this.#mark(id, 'PENDING_CREATE');
    const booting = hasAmphorae(doc) ? roles.map((role) => this.#boot(id, role)) : [];
    this.#later(bootSeconds, () => {
      for (const amphora of booting) this.#ready(amphora);
      this.#mark(id, 'ACTIVE');
    });
    return doc;
  }

  /** Every amphora that is there now is replaced, one after the other; one of OVN has none and is done at once. */
  failOver(id: string): void {
    const doc = this.#mark(id, 'PENDING_UPDATE');
    const before = hasAmphorae(doc) ? this.#of(id).map((amphora) => String(amphora['id'])) : [];
    this.#replace(id, before);
  }

  remove(id: string): void {
    for (const amphora of this.#of(id)) this.#cloud.collection('amphorae').remove(String(amphora['id']));
    this.#cloud.collection('loadbalancers').remove(id);
    this.#cloud.save();
  }

  #replace(id: string, left: readonly string[]): void {
    const [old, ...rest] = left;
    if (old === undefined) return void this.#mark(id, 'ACTIVE');
    const role = this.#cloud.collection('amphorae').get(old)?.['role'];
    const turn: Turn = { id, old, next: this.#boot(id, String(role)), rest };
    this.#later(bootSeconds, () => this.#turn(turn));
  }

  #turn(turn: Turn): void {
    const { id, old, next, rest } = turn;
    const { faults } = this.#cloud;
    const amphorae = this.#cloud.collection('amphorae');
    const names = [id, String(this.#cloud.collection('loadbalancers').get(id)?.['name'])];
    if (names.some((name) => faults.holds('failoverStuck', name)))
      return this.#later(lookSeconds, () => this.#turn(turn));
    const hasFailed = names.some((name) => faults.holds('failoverFails', name));
    amphorae.remove(hasFailed ? next : old);
    if (hasFailed) return void this.#mark(id, 'ERROR');
    this.#ready(next);
    this.#replace(id, rest);
  }

  #boot(id: string, role: string): string {
    // Octavia's times are UTC and do not say so.
    const created_at = new Date(this.#cloud.clock.now()).toISOString().slice(0, 19);
    const made = this.#cloud.collection('amphorae').add({ loadbalancer_id: id, role, status: 'BOOTING', created_at });
    return String(made['id']);
  }

  #ready(amphora: string): void {
    this.#cloud.collection('amphorae').change(amphora, { status: 'ALLOCATED' });
  }

  #of(id: string): readonly Doc[] {
    return this.amphorae(new URLSearchParams({ loadbalancer_id: id }));
  }

  #mark(id: string, status: Status): Doc {
    const operating = status === 'ERROR' ? 'ERROR' : 'ONLINE';
    const more = { provisioning_status: status, operating_status: operating };
    const doc = this.#cloud.collection('loadbalancers').change(id, more) ?? {};
    this.#cloud.save();
    return doc;
  }

  #later(seconds: number, act: () => void): void {
    this.#cloud.clock.schedule(this.#cloud.pace.ms(seconds), act);
  }
}

/** Whether Octavia works on it. */
export function pendingOf(doc: Doc): boolean {
  return String(doc['provisioning_status']).startsWith('PENDING_');
}

function hasAmphorae({ provider }: Doc): boolean {
  return provider !== 'ovn';
}
