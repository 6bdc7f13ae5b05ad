import type { ObjectKey } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { type Clock, type Log, type Random, backoffSeconds, isFailure, messageOf, sleep } from '@keelson/std';
import { type AgentMachine, AgentMachineKind } from './machine.js';

export interface FollowOptions {
  readonly api: KubeApi;
  readonly key: ObjectKey;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called with each newer state of the object; undefined when there is none. */
  readonly onChange: (machine: AgentMachine | undefined) => void;
}

/** An agent that has lost its API asks again after 1 s at first and then at most every minute, for ever. */
const backoff = { firstSeconds: 1, maxSeconds: 60, factor: 2 };

/** Follows one object until the signal aborts: read, watch, and again when the watch ends or the API is lost. */
export async function followMachine(options: FollowOptions): Promise<void> {
  let failures = 0;
  while (!options.signal.aborted) {
    try {
      await readAndWatch(options, () => (failures = 0));
      failures = 0;
      // A watch that ends at once, again and again, must not become a busy loop.
      await pause(options, 1);
    } catch (error) {
      if (options.signal.aborted) return;
      failures += 1;
      if (failures === 1) options.log.warn(`lost sight of LCMMachine ${options.key.name}: ${messageOf(error)}`);
      const wanted = isFailure(error) ? error.retryAfterSeconds : undefined;
      await pause(options, Math.max(wanted ?? 0, backoffSeconds(backoff, failures, options.random)));
    }
  }
}

async function readAndWatch({ api, key, signal, onChange }: FollowOptions, onContact: () => void): Promise<void> {
  const list = await api.list(AgentMachineKind, {
    ...(key.namespace === undefined ? {} : { namespace: key.namespace }),
    fieldSelector: `metadata.name=${key.name}`,
    signal,
  });
  onContact();
  onChange(list.items.find((item) => item.metadata.name === key.name));
  const watch = api.watch(AgentMachineKind, {
    ...(key.namespace === undefined ? {} : { namespace: key.namespace }),
    fieldSelector: `metadata.name=${key.name}`,
    resourceVersion: list.resourceVersion,
    signal,
  });
  for await (const event of watch) {
    if (signal.aborted) return;
    if (event.type === 'BOOKMARK' || event.object.metadata.name !== key.name) continue;
    onChange(event.type === 'DELETED' ? undefined : event.object);
  }
}

function pause(options: FollowOptions, seconds: number): Promise<void> {
  return sleep(options.clock, seconds * 1000, options.signal).catch(() => undefined);
}
