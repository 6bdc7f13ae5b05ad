import { LeaseKind, type Lease, apiVersionOf } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { type Clock, type Log, type Random, messageOf, rfc3339Micro, sleep } from '@keelson/std';
import { agentFieldManager } from './machine.js';

export interface HeartbeatOptions {
  readonly api: KubeApi;
  readonly namespace: string;
  /** The LCMMachine's name, which is the Lease's too. */
  readonly machine: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** About how often the Lease is renewed; each wait is drawn from the fifth around it, so that many agents spread out. */
export const heartbeatSeconds = 40;
/** Readers call an agent lost when its Lease is older than this: three beats. */
export const heartbeatLeaseSeconds = 120;

/** Renews the agent's Lease until the signal aborts. A beat that fails is tried again after a quarter of the period. */
export async function beat(options: HeartbeatOptions): Promise<void> {
  let lost = false;
  while (!options.signal.aborted) {
    let seconds = heartbeatSeconds * (0.9 + 0.2 * options.random.next());
    try {
      await options.api.apply(leaseOf(options), { fieldManager: agentFieldManager, force: true });
      lost = false;
    } catch (error) {
      if (!lost) options.log.warn(`the heartbeat did not get through: ${messageOf(error)}`);
      lost = true;
      seconds /= 4;
    }
    await sleep(options.clock, seconds * 1000, options.signal).catch(() => undefined);
  }
}

function leaseOf({ namespace, machine, clock }: HeartbeatOptions): Lease {
  return {
    apiVersion: apiVersionOf(LeaseKind),
    kind: LeaseKind.kind,
    metadata: { name: machine, namespace },
    spec: {
      holderIdentity: machine,
      leaseDurationSeconds: heartbeatLeaseSeconds,
      renewTime: rfc3339Micro(clock.now()),
    },
  };
}
