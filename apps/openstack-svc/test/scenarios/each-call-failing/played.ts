import type { AnyReconciler } from '@keelson/reconcile';
import { transient } from '@keelson/std';
import {
  type ApiFault,
  eachCallFailing,
  eachCallFailingInTurn,
  type HermeticCluster,
  hermeticCluster,
  type HermeticOptions,
} from '@keelson/testing';
import { inClusters } from '../../../src/reconcilers.js';
import { cloudKey } from '../cloud-world.js';

type Reconcilers = (cluster: HermeticCluster) => readonly AnyReconciler[];
type Play = (cluster: HermeticCluster) => Promise<void>;

/**
 * Plays reconcilers with each of their calls to the API going wrong once.
 *
 * @param reconcilers made anew for every play
 * @param faults those with an effect that nobody hears of, which may leave something half done, unless given
 * @returns how often it was played
 */
export function played(
  reconcilers: Reconcilers,
  play: Play,
  faults: readonly ApiFault[] = ['lostAnswer', 'crashAfter'],
): Promise<number> {
  return eachCallFailing(scenarioOf(reconcilers, play), faults);
}

/** The same where there are many calls: each is in turn the last of a process, unanswered, and refused. */
export function playedInTurn(reconcilers: Reconcilers, play: Play): Promise<number> {
  return eachCallFailingInTurn(scenarioOf(reconcilers, play), ['crashAfter', 'lostAnswer', 'conflict']);
}

/** Played once, with nothing wrong at the API. */
export async function playedWell(reconcilers: Reconcilers, play: Play): Promise<void> {
  await scenarioOf(reconcilers, play)({});
}

const scenarioOf =
  (reconcilers: Reconcilers, play: Play) =>
  async (options: HermeticOptions): Promise<HermeticCluster> => {
    const cluster = await hermeticCluster({ ...options, profile: 'child', kinds: inClusters.kinds });
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: cloudKey.namespace ?? '' } });
    await cluster.run('openstack-svc', reconcilers(cluster));
    await play(cluster);
    await cluster.close();
    return cluster;
  };

/** What goes wrong with a call to something that is not the API of the cluster: it is refused, or its answer is lost. */
export type PortFault = 'refused' | 'lostAnswer';

/** A port whose call of that number goes wrong, and how many it had. */
export class FailingPort {
  calls = 0;
  readonly #number: number;
  readonly #fault: PortFault;

  constructor(number: number, fault: PortFault) {
    this.#number = number;
    this.#fault = fault;
  }

  /** @param port all its methods must give promises */
  over<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...given: unknown[]) => this.#through(String(name), () => Reflect.apply(member, target, given));
      },
    });
  }

  async #through(name: string, call: () => unknown): Promise<unknown> {
    const fault = (this.calls += 1) === this.#number ? this.#fault : undefined;
    if (fault === 'refused') throw transient(`${name}: refused (injected)`, { reason: 'Refused' });
    const answer = await call();
    if (fault === 'lostAnswer') throw transient(`${name}: the answer was lost (injected)`, { reason: 'Timeout' });
    return answer;
  }
}

/** Plays a scenario once for every call to a port, which is refused or loses its answer in turn. @returns how often */
export async function eachPortCallFailing(scenario: (port: FailingPort) => Promise<void>): Promise<number> {
  let count = 0;
  for (let total = 1; count < total;) {
    count += 1;
    const port = new FailingPort(count, count % 2 === 0 ? 'refused' : 'lostAnswer');
    await scenario(port);
    total = port.calls;
  }
  return count;
}
