import type { ObjectKey } from '@keelson/api';
import type { Bus } from '@keelson/bus';
import { baremetalRequests, type PowerAnswer } from '@keelson/contracts';
import { type Clock, isFailure } from '@keelson/std';

/** What the BMC of a node's server says of its power. */
export type PowerOf = (node: string) => Promise<PowerAnswer>;

/** Over the bus, about the nodes of one cluster; rejects when baremetal-svc does not answer, which gives a BMC six seconds. */
export function askPowerOver(bus: Pick<Bus, 'request'>, { namespace = '', name }: ObjectKey): PowerOf {
  return (node) => bus.request(baremetalRequests.host.power, { namespace, cluster: name, node }, { timeoutMs: 8_000 });
}

/** An answer holds so long: BMCs are slow, and a server that is to stay off does. Milliseconds. */
const freshMs = 15_000;

/** Asks about a node at most every 15 s, however often it is looked at; Unknown where nobody answers. */
export function powerOver(ask: PowerOf, clock: Clock): PowerOf {
  const known = new Map<string, { readonly at: number; readonly answer: PowerAnswer }>();
  return async (node) => {
    const latest = known.get(node);
    if (latest !== undefined && clock.elapsed() - latest.at < freshMs) return latest.answer;
    const answer = await answerOf(ask, node);
    known.set(node, { at: clock.elapsed(), answer });
    return answer;
  };
}

async function answerOf(ask: PowerOf, node: string): Promise<PowerAnswer> {
  try {
    return await ask(node);
  } catch (error) {
    if (!isFailure(error)) throw error;
    const message = `baremetal-svc does not tell of its server: ${error.message}`;
    return { power: 'Unknown', staysOff: false, message };
  }
}

/** The BMC's word as a witness: that the server is off, and nobody is going to switch it on. */
export function powerWitness(answer: PowerAnswer | undefined): string | undefined {
  return answer?.power === 'Off' && answer.staysOff ? answer.message : undefined;
}
