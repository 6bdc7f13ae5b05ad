import { describe, expect, it } from '@jest/globals';
import type { LCMCluster, LCMMachine, Machine, Node } from '@keelson/api';
import { itemHash } from '@keelson/agent';
import { type Random, integerBelow, pick, seededRandom } from '@keelson/std';
import { anLcmWorld } from '../lcmmachine/lcmmachine.fixtures.js';
import { isDeployed, isReleased, roleGiven, undone } from '../lcmmachine/lcmmachine.items.js';
import { planLcmMachine } from '../lcmmachine/lcmmachine.plan.js';
import { lcmStateOf } from '../lcmmachine/lcmmachine.states.js';
import { aMachine, aProtocol, anItem, anLcmCluster, anLcmMachine } from '../machine/machine.fixtures.js';
import { instanceNameOf } from '../names.js';
import { anLcmClusterWorld } from './lcmcluster.fixtures.js';
import { planLcmCluster } from './lcmcluster.plan.js';
import { turnAnnotation, turnText } from './lcmcluster.turn.js';

/**
 * Properties of the order, over a model: the real plans, an API that compares and swaps, agents that run one item at a time
 * and sometimes fail, operators who add and delete machines, and passes that see the world as it was a while ago.
 */
const chain = [
  anItem('fetch', 'prepare'),
  anItem('join', 'deploy', { role: '{{controlPlaneRole}}' }),
  anItem('tune', 'reconfigure'),
];
const workerChain = [
  anItem('fetch', 'prepare'),
  anItem('join', 'deploy', { role: 'worker' }),
  anItem('tune', 'reconfigure'),
];

interface Model {
  lcmCluster: LCMCluster;
  version: number;
  readonly machines: Map<string, { machine: Machine; lcmMachine: LCMMachine }>;
  /** Nodes of the cluster that are Ready. */
  readonly nodes: Set<string>;
  isUp: boolean;
  count: number;
}

function aModel(): Model {
  return {
    lcmCluster: anLcmCluster({ spec: { machineTypes: { control: chain, worker: workerChain } } }),
    version: 3,
    machines: new Map(),
    nodes: new Set(),
    isUp: false,
    count: 0,
  };
}

function view(model: Model) {
  const node = (name: string): Node => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
  const contact = model.isUp
    ? ({ answers: true } as const)
    : ({ answers: false, since: 0, why: 'connection refused' } as const);
  return { contact, nodes: new Map([...model.nodes].map((name) => [name, node(name)])), protocol: aProtocol() };
}

/** The events of a world, one drawn at a time. */
function move(model: Model, random: Random): void {
  const name = model.machines.size === 0 ? undefined : pick(random, [...model.machines.keys()]);
  const draw = integerBelow(random, 12);
  if (draw === 0 && model.count < 9) return add(model, random);
  if (draw === 1) return handTurn(model, random);
  if (name === undefined) return;
  if (draw < 6) return runItem(model, name, random);
  if (draw === 6 && integerBelow(random, 8) === 0) return remove(model, name);
  if (draw < 9) return giveItems(model, name);
  const found = model.machines.get(name);
  if (found !== undefined) showState(model, name, found);
}

function add(model: Model, random: Random): void {
  model.count += 1;
  const name = `${integerBelow(random, 2) === 0 ? 'cp' : 'wk'}-${model.count}`;
  const metadata = {
    uid: `uid-${name}`,
    creationTimestamp: new Date(Date.UTC(2026, 0, 1, 0, integerBelow(random, 3))).toISOString(),
  };
  model.machines.set(name, { machine: aMachine(name, {}, { metadata }), lcmMachine: anLcmMachine(name) });
}

function remove(model: Model, name: string): void {
  const found = model.machines.get(name);
  model.machines.delete(name);
  if (found !== undefined) model.nodes.delete(instanceNameOf(found.machine));
  if (
    ![...model.machines.values()].some(
      ({ machine, lcmMachine }) => machine.metadata.name.startsWith('cp') && isDeployed(lcmMachine),
    )
  )
    model.isUp = false;
}

/** The pass of the LCMCluster, whose write loses when the world has moved on since it looked. */
function handTurn(model: Model, random: Random): void {
  const seen = anLcmClusterWorld({
    lcmCluster: model.lcmCluster,
    members: [...model.machines.values()],
    child: view(model),
  });
  const plan = planLcmCluster(seen);
  if (integerBelow(random, 4) === 0) move(model, random);
  for (const step of plan.steps) {
    if (step.type !== 'hand-turn') continue;
    if (step.resourceVersion !== model.lcmCluster.metadata.resourceVersion) return;
    model.version += 1;
    model.lcmCluster = {
      ...model.lcmCluster,
      metadata: {
        ...model.lcmCluster.metadata,
        resourceVersion: String(model.version),
        annotations: { [turnAnnotation]: turnText(step.turn) },
      },
    };
  }
}

function giveItems(model: Model, name: string): void {
  const found = model.machines.get(name);
  if (found === undefined) return;
  const control = [...model.machines.values()].filter(({ machine }) => machine.metadata.name.startsWith('cp'));
  const plan = planLcmMachine(
    anLcmWorld({
      machine: found.lcmMachine,
      owner: found.machine,
      lcmCluster: model.lcmCluster,
      control,
      child: view(model),
      locks: [],
    }),
  );
  for (const step of plan.steps) {
    if (step.type === 'give-items')
      found.lcmMachine = { ...found.lcmMachine, spec: { ...found.lcmMachine.spec, stateItems: [...step.items] } };
  }
}

/** The agent runs its next item; deploying fails now and then, and cannot succeed by joining what does not answer. */
function runItem(model: Model, name: string, random: Random): void {
  const found = model.machines.get(name);
  const item =
    found === undefined
      ? undefined
      : (['prepare', 'deploy', 'reconfigure'] as const).flatMap((phase) => undone(found.lcmMachine, phase))[0];
  if (found === undefined || item === undefined) return;
  const joins = item.phase === 'deploy' && item.params?.['role'] !== 'init';
  const failed = (joins && !model.isUp) || integerBelow(random, 5) === 0;
  const statuses = {
    ...found.lcmMachine.status?.stateItemStatuses,
    [item.name]: { hash: itemHash(item), exitCode: failed ? 1 : 0 },
  };
  found.lcmMachine = { ...found.lcmMachine, status: { ...found.lcmMachine.status, stateItemStatuses: statuses } };
  if (failed || item.phase !== 'deploy') return;
  model.nodes.add(instanceNameOf(found.machine));
  if (item.params?.['role'] === 'init') model.isUp = true;
}

/** The Machine shows the state of its LCMMachine, some time later. */
function showState(_model: Model, _name: string, found: { machine: Machine; lcmMachine: LCMMachine }): void {
  found.machine = { ...found.machine, status: { providerStatus: { status: lcmStateOf(found.lcmMachine) } } };
}

/** What must never be, as sentences. */
function violations(model: Model): readonly string[] {
  const control = [...model.machines.values()].filter(({ machine }) => machine.metadata.name.startsWith('cp'));
  const deploying = control.filter(({ lcmMachine }) => ['Deploy', 'Reconfigure'].includes(lcmStateOf(lcmMachine)));
  const shown = control.filter(({ machine }) => machine.status?.providerStatus?.status === 'Deploy');
  const makers = control.filter(({ lcmMachine }) => roleGiven(lcmMachine) === 'init');
  const several = (what: string, members: typeof control): string[] =>
    members.length < 2 ? [] : [`${what}: ${members.map(({ machine }) => machine.metadata.name).join(', ')}`];
  return [
    ...several('deploy at once', deploying),
    ...several('are shown in Deploy at once', shown),
    ...several('make a cluster', makers),
  ];
}

/** Workers that were let go in a move that began while the control plane was not whole. */
function earlyWorkers(model: Model, random: Random): readonly string[] {
  const members = [...model.machines];
  const released = new Set(members.filter(([, { lcmMachine }]) => isReleased(lcmMachine)).map(([name]) => name));
  const isWhole = members
    .filter(([name]) => name.startsWith('cp'))
    .every(([, { lcmMachine }]) => isDeployed(lcmMachine));
  move(model, random);
  const fresh = [...model.machines].filter(
    ([name, { lcmMachine }]) => name.startsWith('wk') && isReleased(lcmMachine) && !released.has(name),
  );
  return isWhole ? [] : fresh.map(([name]) => `${name} goes before the control plane`);
}

describe('the order of deployment, over many histories', () => {
  it('never has two control-plane machines in Deploy, never makes a cluster twice, never lets a worker go before the control plane', () => {
    const found: string[] = [];
    for (let seed = 0; seed < 200; seed += 1) {
      const random = seededRandom(seed);
      const model = aModel();
      for (let step = 0; step < 150; step += 1)
        found.push(...earlyWorkers(model, random), ...violations(model).map((what) => `seed ${seed}: ${what}`));
    }
    expect(found).toEqual([]);
  });

  it('comes to an end: every machine is deployed once nothing fails any more', () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const random = seededRandom(`end/${seed}`);
      const model = aModel();
      for (const name of ['cp-1', 'cp-2', 'cp-3', 'wk-1', 'wk-2'])
        model.machines.set(name, { machine: aMachine(name), lcmMachine: anLcmMachine(name) });
      model.count = 9;
      const isOver = (): boolean =>
        [...model.machines.values()].every(({ lcmMachine }) => lcmStateOf(lcmMachine) === 'Ready');
      for (let step = 0; step < 5000 && !isOver(); step += 1) {
        const names = [...model.machines.keys()];
        const name = pick(random, names);
        const found = model.machines.get(name);
        handTurn(model, random);
        giveItems(model, name);
        runItem(model, name, random);
        if (found !== undefined) showState(model, name, found);
      }
      expect(
        [...model.machines].filter(([, { lcmMachine }]) => lcmStateOf(lcmMachine) !== 'Ready').map(([name]) => name),
      ).toEqual([]);
    }
  });
});
