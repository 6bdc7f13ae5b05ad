import { type Clock, type Random, integerBelow, pick } from '@keelson/std';

/** The fault menu of servers. */
export const faultMenu = {
  bmcUnreachable: 'the BMC does not answer; connections break',
  bmcWrongPassword: 'the BMC refuses every login and session',
  bmcSlow: 'the BMC takes 30 seconds more for each answer',
  bmcErrors: 'the BMC answers 503 to two requests of three',
  powerIgnored: 'the BMC accepts power commands and does nothing',
  postHang: 'a server that starts its self test never ends it, until it is reset after the fault',
  diskDies: 'the disk fails while the system is being installed',
  neverCallsHome: 'the host cannot reach the provisioning service',
  agentNetworkLost: 'the host agent cannot reach the management API',
} as const;

/** Faults of pods in child clusters: `servers` names them as `namespace/name`. */
export const podFaultMenu = {
  podImageMissing: "the images of the pod's containers cannot be pulled",
  podCrashes: "the pod's containers end with 1 soon after they have started, again and again",
  podNeverReady: 'the pod runs and never becomes ready',
} as const;

/** Faults of the simulated OpenStack. */
export const cloudFaultMenu = {
  migrationStuck: 'a live migration of these servers (by name or id) never ends by itself',
  openstackApiFails: 'these APIs (`nova`, `keystone`, …) answer 500',
  failoverFails: 'a failover of these load balancers (by name or id) ends in ERROR',
  failoverStuck: 'a failover of these load balancers (by name or id) gets on no more while the fault lasts',
  ovnDataLost: 'these members of databases of OVN (`ovn-ovsdb-nb-0`) have lost their data',
} as const;

/** Faults of the stand-ins for services that are not here yet: `servers` names `namespace/cluster/` and the step or alert. */
export const standInFaultMenu = {
  updateStepFails: 'the step of an update fails',
  alertFires: 'the alert fires',
} as const;

/** Faults of the host agent's own update. */
export const agentFaultMenu = {
  agentBundleWrong: 'what a host fetches as the agent of a release has another digest than the release says',
  agentBundleDead: 'an agent that takes the place of another one on its host never reports',
} as const;

const menus = [faultMenu, podFaultMenu, cloudFaultMenu, standInFaultMenu, agentFaultMenu];
export type FaultKind =
  | keyof typeof faultMenu
  | keyof typeof podFaultMenu
  | keyof typeof cloudFaultMenu
  | keyof typeof standInFaultMenu
  | keyof typeof agentFaultMenu;

export interface Fault {
  readonly id: string;
  readonly kind: FaultKind;
  /** Names of servers, or of what else the kind of the fault is about; `*` stands for any characters: `srv-0*`. */
  readonly servers: readonly string[];
  /** Milliseconds since the epoch. */
  readonly from: number;
  /** Absent: until it is cleared. */
  readonly until?: number;
}

export function isFaultKind(text: string): text is FaultKind {
  return menus.some((menu) => Object.hasOwn(menu, text));
}

/** Which faults hold for which server at which time. */
export class Faults {
  readonly #faults = new Map<string, Fault>();
  readonly #listeners = new Set<() => void>();
  readonly #clock: Clock;
  readonly #onChange: () => void;
  #counter: number;

  constructor(clock: Clock, faults: readonly Fault[] = [], onChange: () => void = () => {}) {
    this.#clock = clock;
    this.#onChange = onChange;
    this.#counter = faults.reduce((most, fault) => Math.max(most, Number(fault.id.slice(1)) || 0), 0);
    for (const fault of faults) this.#add(fault);
  }

  inject(fault: Omit<Fault, 'id'>): Fault {
    const made = { ...fault, id: `f${(this.#counter += 1)}` };
    this.#add(made);
    this.#onChange();
    return made;
  }

  /** False when there is no such fault. */
  clear(id: string): boolean {
    const existed = this.#faults.delete(id);
    if (existed) this.#changed();
    return existed;
  }

  clearAll(): void {
    this.#faults.clear();
    this.#changed();
  }

  list(): readonly Fault[] {
    return [...this.#faults.values()];
  }

  holds(kind: FaultKind, server: string): boolean {
    // Asked several times per request of every server: the empty menu must cost nothing.
    if (this.#faults.size === 0) return false;
    const now = this.#clock.now();
    for (const fault of this.#faults.values()) {
      const isNow = fault.kind === kind && fault.from <= now && now < (fault.until ?? Infinity);
      if (isNow && fault.servers.some((pattern) => matches(pattern, server))) return true;
    }
    return false;
  }

  /** What faults of the kind name below `parent` now: `a` and `b` of `parent/a` and `par*t/b`. Sorted. */
  namesOf(kind: FaultKind, parent: string): string[] {
    const now = this.#clock.now();
    const inForce = this.list().filter(
      (fault) => fault.kind === kind && fault.from <= now && now < (fault.until ?? Infinity),
    );
    const names = inForce.flatMap(({ servers }) =>
      servers.flatMap((pattern) => {
        const end = pattern.lastIndexOf('/');
        return end > 0 && matches(pattern.slice(0, end), parent) ? [pattern.slice(end + 1)] : [];
      }),
    );
    return [...new Set(names)].sort();
  }

  /** Calls `listener` whenever a fault may have begun or ended; gives the function that ends it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #add(fault: Fault): void {
    this.#faults.set(fault.id, fault);
    const now = this.#clock.now();
    this.#clock.schedule(Math.max(0, fault.from - now), () => this.#notify());
    if (fault.until === undefined) return;
    this.#clock.schedule(Math.max(0, fault.until - now), () => {
      this.#faults.delete(fault.id);
      this.#changed();
    });
  }

  #changed(): void {
    this.#onChange();
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

function matches(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name;
  const source = pattern.split('*').map((part) => part.replace(/[^a-zA-Z0-9-]/g, '\\$&'));
  return new RegExp(`^${source.join('.*')}$`).test(name);
}

export interface FaultPlanOptions {
  readonly random: Random;
  readonly servers: readonly string[];
  readonly kinds: readonly FaultKind[];
  /** How many faults are drawn in all. */
  readonly count: number;
  /** Milliseconds since the epoch: no fault begins earlier, none lasts beyond `to`. */
  readonly from: number;
  readonly to: number;
}

/** Draws passing faults for a simulation: each hits one server for one to thirty minutes. */
export function drawFaults(options: FaultPlanOptions): readonly Omit<Fault, 'id'>[] {
  return Array.from({ length: options.count }, () => {
    const from = options.from + integerBelow(options.random, Math.max(1, options.to - options.from));
    const lasting = 60_000 + integerBelow(options.random, 29 * 60_000);
    return {
      kind: pick(options.random, options.kinds),
      servers: [pick(options.random, options.servers)],
      from,
      until: Math.min(options.to, from + lasting),
    };
  });
}
