import {
  type ConfigMap,
  ConfigMapKind,
  configurationOf,
  type IpamHost,
  IpamHostKind,
  keyOf,
  type Reference,
} from '@keelson/api';
import { defineNews, TransitionSchema } from '@keelson/contracts';
import {
  input,
  type Machine,
  type Plan,
  progressing,
  type Reconciler,
  settled,
  type StateTable,
  waitingOn,
} from './index.js';

/** A small world for specs: an IpamHost wants a ConfigMap of its name and waits until somebody marks it as ready. */

export const finalizer = 'test.keelson/ipamhost';

export type TestState = 'New' | 'Waiting' | 'Ready' | 'Failed' | 'Leaving';

export const testTable: StateTable<TestState> = {
  kind: 'IpamHost',
  initial: 'New',
  states: {
    New: moving('Nobody has looked at it yet.', ['Waiting', 'Ready', 'Leaving'], 60),
    Waiting: moving('Its ConfigMap is not ready.', ['Ready', 'Failed', 'Leaving'], 600),
    Ready: { meaning: 'Its ConfigMap is ready.', rest: true, to: ['Waiting', 'Leaving'] },
    Failed: { meaning: 'Nobody made the ConfigMap ready in time.', rest: true, to: ['Ready', 'Leaving'] },
    Leaving: { ...moving('It is being deleted.', [], 600), deletable: true },
  },
};

function moving<S extends string>(meaning: string, to: readonly S[], deadlineSeconds: number) {
  return {
    meaning,
    to,
    deadlineSeconds,
    onDeadline: 'it fails',
    heartbeat: { sign: 'the ConfigMap changes', everySeconds: 60 },
    waitsFor: 'the ConfigMap',
    abort: 'delete it; nothing is lost',
  };
}

export const readyNews = defineNews({
  subject: 'baremetal.ipamhost.accepted',
  description: 'ready',
  schema: TransitionSchema,
});

export const testMachine: Machine<IpamHost> = {
  table: testTable,
  stateOf: (host) => host.status?.ipAllocationResult ?? 'New',
  news: { Ready: readyNews },
};

export type TestStep =
  | { readonly type: 'addFinalizer'; readonly host: IpamHost }
  | { readonly type: 'makeMap'; readonly namespace: string; readonly name: string }
  | { readonly type: 'letGo'; readonly host: IpamHost };

export interface TestWorld {
  readonly now: number;
  readonly host: IpamHost;
  readonly map: ConfigMap | undefined;
}

/** Passes are told, for specs that count them. */
export interface TestSpy {
  observed?(world: TestWorld): void | Promise<void>;
  ran?(step: TestStep): void | Promise<void>;
}

export function testReconciler(
  spy: TestSpy = {},
  changes: Partial<Reconciler<IpamHost, TestWorld, TestStep>> = {},
): Reconciler<IpamHost, TestWorld, TestStep> {
  return {
    name: 'test/ipamhost',
    kind: IpamHostKind,
    summary: 'Sees to it that every IpamHost has a ConfigMap.',
    inputs: [
      input({
        kind: ConfigMapKind,
        mapToOwn: (map) => [keyOf(map)],
        indices: { byMark: (map: ConfigMap) => (map.data?.mark === undefined ? [] : [map.data.mark]) },
      }),
    ],
    outputs: [
      { kind: IpamHostKind, mode: 'exclusive', verbs: ['patch', 'status'] },
      { kind: ConfigMapKind, mode: 'shared', verbs: ['apply', 'delete'] },
    ],
    concurrency: 2,
    resyncSeconds: 600,
    machine: testMachine,
    async observe(reader, host) {
      const world = { now: reader.now, host, map: reader.get(ConfigMapKind, keyOf(host)) };
      await spy.observed?.(world);
      return world;
    },
    plan: testPlan,
    steps: {
      addFinalizer: {
        describe: ({ host }) => `hold ${host.metadata.name}`,
        run: (step, writer) => ran(spy, step, () => writer.addFinalizer(step.host, finalizer)),
      },
      makeMap: {
        describe: ({ name }) => `make ConfigMap ${name}`,
        run: (step, writer) =>
          ran(spy, step, () =>
            writer.apply(
              ConfigMapKind,
              configurationOf(ConfigMapKind, {
                metadata: { name: step.name, namespace: step.namespace },
                data: { made: 'yes' },
              }),
            ),
          ),
      },
      letGo: {
        describe: ({ host }) => `let ${host.metadata.name} go`,
        run: (step, writer) => ran(spy, step, () => writer.removeFinalizer(step.host, finalizer)),
      },
    },
    status: ({ host, now }, { outcome }) => ({ ipAllocationResult: stateAfter(host, outcome.type, now) }),
    events: (_world, { outcome }) =>
      outcome.type === 'settled' ? [{ type: 'Normal', reason: 'Ready', message: 'the ConfigMap is ready' }] : [],
    ...changes,
  };
}

async function ran(spy: TestSpy, step: TestStep, run: () => Promise<unknown>): Promise<void> {
  await spy.ran?.(step);
  await run();
}

function testPlan({ host, map }: TestWorld): Plan<TestStep> {
  const { name, namespace = '', deletionTimestamp, finalizers = [] } = host.metadata;
  if (deletionTimestamp !== undefined) return { steps: [{ type: 'letGo', host }], outcome: settled };
  if (!finalizers.includes(finalizer))
    return { steps: [{ type: 'addFinalizer', host }], outcome: progressing(), why: 'it was seen' };
  if (map === undefined)
    return {
      steps: [{ type: 'makeMap', namespace, name }],
      outcome: waitingOn(mapReference(namespace, name), 'MapNotReady', `the ConfigMap ${name} is not ready`),
    };
  if (map.data?.ready !== 'yes')
    return {
      steps: [],
      outcome: waitingOn(mapReference(namespace, name), 'MapNotReady', `the ConfigMap ${name} is not ready`),
    };
  return { steps: [], outcome: settled, why: 'the ConfigMap says so' };
}

function mapReference(namespace: string, name: string): Reference {
  return { kind: 'ConfigMap', namespace, name };
}

function stateAfter({ metadata, status }: IpamHost, outcome: string, now: number): TestState {
  if (metadata.deletionTimestamp !== undefined) return 'Leaving';
  if (outcome === 'settled') return 'Ready';
  const deadline = status?.progress?.deadline;
  const isOverdue = status?.ipAllocationResult === 'Waiting' && deadline !== undefined && now >= Date.parse(deadline);
  return isOverdue || status?.ipAllocationResult === 'Failed' ? 'Failed' : 'Waiting';
}

export function anIpamHost(name: string, namespace = 'default'): IpamHost {
  return configurationOf(IpamHostKind, { metadata: { name, namespace }, spec: {} });
}

export function readyMap(name: string, namespace = 'default'): ConfigMap {
  return configurationOf(ConfigMapKind, { metadata: { name, namespace }, data: { made: 'yes', ready: 'yes' } });
}
