/** A host as the balance sees it. */
export interface BalanceHost {
  readonly name: string;
  /** Availability zone: instances do not leave theirs. */
  readonly zone: string;
  readonly cpus: number;
  /** Percent of its CPUs. */
  readonly load: number;
  /** MiB that nobody takes. */
  readonly room: number;
}

/** An instance that may be moved. */
export interface BalanceInstance {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  /** CPUs that it keeps busy; what is not measured is not moved. */
  readonly busy: number;
  /** MiB. */
  readonly memory: number;
}

export interface BalanceInput {
  readonly hosts: readonly BalanceHost[];
  readonly instances: readonly BalanceInstance[];
  /** Instances that must not share a host, and where each is; those that may not be moved among them. */
  readonly apart: readonly (readonly { readonly id: string; readonly host: string }[])[];
  readonly limits: BalanceLimits;
}

export interface BalanceLimits {
  /** A host is relieved that is over so many percent, and none is brought over it. */
  readonly loadThreshold: number;
  /** Percent by which the spread of the load must get less, else nothing moves. */
  readonly minImprovement: number;
  readonly mostMoves: number;
}

export interface BalanceMove {
  readonly instance: Pick<BalanceInstance, 'id' | 'name'>;
  readonly from: string;
  readonly to: string;
}

export interface Balance {
  readonly moves: readonly BalanceMove[];
  /** Standard deviation of the load of the hosts, before and as it should be after. */
  readonly spread: number;
  readonly expected: number;
}

/** Less than this is no gain: it would come and go with the noise of the measurement. Percent². */
const leastGain = 1e-6;

interface Candidate extends BalanceMove {
  readonly gain: number;
  readonly sourceLoad: number;
  readonly targetLoad: number;
  readonly memory: number;
}

/**
 * Which instances should move for the load of hosts to be more even. Pure and the same for the same input. Hosts over the threshold
 * are relieved, the fullest first, each by the move that makes the load most even; an instance moves once at most.
 */
export function balanceOf({ hosts, instances, apart, limits }: BalanceInput): Balance {
  const state = new Standing(hosts, apart);
  const spread = spreadOf(state.loads());
  const moves: BalanceMove[] = [];
  const left = new Map(instances.map((instance) => [instance.id, instance]));
  while (moves.length < limits.mostMoves) {
    const best = bestMove(state, [...left.values()], limits.loadThreshold);
    if (best === undefined) break;
    state.take(best);
    left.delete(best.instance.id);
    moves.push({ instance: best.instance, from: best.from, to: best.to });
  }
  const expected = spreadOf(state.loads());
  const isWorth = moves.length > 0 && (spread - expected) * 100 >= limits.minImprovement * spread;
  return isWorth ? { moves, spread, expected } : { moves: [], spread, expected: spread };
}

/** Standard deviation. */
export function spreadOf(loads: readonly number[]): number {
  if (loads.length === 0) return 0;
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  return Math.sqrt(loads.reduce((sum, load) => sum + (load - mean) ** 2, 0) / loads.length);
}

/** Of the fullest host over the threshold that can be relieved at all. */
function bestMove(state: Standing, instances: readonly BalanceInstance[], threshold: number): Candidate | undefined {
  for (const source of state.fullestOver(threshold)) {
    const own = instances.filter(({ host }) => host === source.name);
    const candidates = own.flatMap((instance) => state.candidates(source, instance, threshold));
    const [best] = candidates.toSorted(
      (a, b) => b.gain - a.gain || order(a.instance.id, b.instance.id) || order(a.to, b.to),
    );
    if (best !== undefined) return best;
  }
  return undefined;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** How hosts stand while moves are being chosen. */
class Standing {
  readonly #hosts: Map<string, BalanceHost>;
  readonly #apart: readonly ReadonlyMap<string, string>[];
  readonly #places = new Map<string, string>();

  constructor(hosts: readonly BalanceHost[], apart: BalanceInput['apart']) {
    this.#hosts = new Map(hosts.map((host) => [host.name, host]));
    this.#apart = apart.map((group) => new Map(group.map(({ id, host }) => [id, host])));
  }

  loads(): readonly number[] {
    return [...this.#hosts.values()].map(({ load }) => load);
  }

  fullestOver(threshold: number): readonly BalanceHost[] {
    return [...this.#hosts.values()]
      .filter(({ load }) => load > threshold)
      .toSorted((a, b) => b.load - a.load || order(a.name, b.name));
  }

  /** Where an instance may go so that the load gets more even. */
  candidates(source: BalanceHost, instance: BalanceInstance, threshold: number): readonly Candidate[] {
    const sourceLoad = source.load - (instance.busy / source.cpus) * 100;
    return [...this.#hosts.values()].flatMap((target) => {
      const targetLoad = target.load + (instance.busy / target.cpus) * 100;
      const mean = this.#mean();
      // How much nearer both are to the mean than before; the spread of all gets less by it.
      const gain =
        (source.load - mean) ** 2 + (target.load - mean) ** 2 - (sourceLoad - mean) ** 2 - (targetLoad - mean) ** 2;
      const isFit =
        target.name !== source.name &&
        target.zone === source.zone &&
        target.load < source.load &&
        targetLoad < source.load &&
        targetLoad <= threshold &&
        target.room >= instance.memory &&
        !this.#isApartFrom(instance.id, target.name);
      if (!isFit || gain <= leastGain) return [];
      const { id, name, memory } = instance;
      return [{ instance: { id, name }, from: source.name, to: target.name, gain, sourceLoad, targetLoad, memory }];
    });
  }

  take({ instance, from, to, sourceLoad, targetLoad, memory }: Candidate): void {
    this.#change(from, { load: sourceLoad }, memory);
    this.#change(to, { load: targetLoad }, -memory);
    this.#places.set(instance.id, to);
  }

  #mean(): number {
    const loads = this.loads();
    return loads.reduce((sum, load) => sum + load, 0) / loads.length;
  }

  #change(name: string, { load }: { readonly load: number }, room: number): void {
    const host = this.#hosts.get(name);
    if (host !== undefined) this.#hosts.set(name, { ...host, load, room: host.room + room });
  }

  /** Another member of a group that must be apart is there, or will be; where one is that moves counts too, until it has left. */
  #isApartFrom(id: string, target: string): boolean {
    return this.#apart.some(
      (group) =>
        group.has(id) &&
        [...group].some(([other, host]) => other !== id && (host === target || this.#places.get(other) === target)),
    );
  }
}
