import { describe, expect, it } from '@jest/globals';
import { NodeKind, SecretKind } from '@keelson/api';
import type { KubeApi, WatchEvent } from '@keelson/kube';
import { VirtualClock, terminal } from '@keelson/std';
import { Faults } from '../faults/faults.js';
import { cuttableApi } from './network.js';

/** An agent's API behind the fault menu; what gets through is counted. */
function anAgentsNetwork() {
  const clock = new VirtualClock();
  const faults = new Faults(clock);
  const through: string[] = [];
  let answer: (() => void) | undefined;
  const unused = async (): Promise<never> => {
    throw terminal('not expected');
  };
  const inner: KubeApi = {
    get: async (kind) => {
      through.push(`get ${kind.kind}`);
      if (kind.kind === 'Secret') await new Promise<void>((resolve) => (answer = resolve));
      return undefined;
    },
    async *watch(_kind, { signal }): AsyncGenerator<WatchEvent<never>> {
      through.push('watch');
      yield { type: 'BOOKMARK', resourceVersion: '7' };
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    },
    list: unused,
    create: unused,
    replace: unused,
    apply: unused,
    patch: unused,
    delete: unused,
    createToken: unused,
    evict: unused,
  };
  const api = cuttableApi(inner, {
    isCut: () => faults.holds('agentNetworkLost', 'srv-01'),
    subscribe: (listener) => faults.subscribe(listener),
  });
  const cut = (): (() => void) => {
    const fault = faults.inject({ kind: 'agentNetworkLost', servers: ['srv-01'], from: clock.now() });
    return () => void faults.clear(fault.id);
  };
  return { clock, api, through, cut, answer: () => answer?.() };
}

const lost = { sort: 'transient', reason: 'Unreachable', message: expect.stringContaining('simulated fault') };

describe('an agent that loses its network', () => {
  it('reaches nothing until it is back', async () => {
    const { api, through, cut } = anAgentsNetwork();
    const mend = cut();
    await expect(api.get(NodeKind, { name: 'a' })).rejects.toMatchObject(lost);
    expect(through).toEqual([]);
    mend();
    expect(await api.get(NodeKind, { name: 'a' })).toBeUndefined();
    expect(through).toEqual(['get Node']);
  });

  it('does not hear the answer to what it has asked already', async () => {
    const { api, cut, answer, through } = anAgentsNetwork();
    const asked = api.get(SecretKind, { namespace: 'demo', name: 's' });
    await Promise.resolve();
    cut();
    answer();
    await expect(asked).rejects.toMatchObject(lost);
    expect(through).toEqual(['get Secret']);
  });

  it('sees its open watch break', async () => {
    const { clock, api, cut } = anAgentsNetwork();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const event of api.watch(NodeKind, { resourceVersion: '1', signal: new AbortController().signal }))
        seen.push(event.type);
    })();
    const ended = watching.then(
      () => 'quietly',
      (error: unknown) => error,
    );
    await clock.advance(1_000);
    cut();
    await clock.advance(1_000);
    expect([seen, await ended]).toEqual([['BOOKMARK'], expect.objectContaining(lost)]);
  });
});
