import { describe, expect, it } from '@jest/globals';
import type { LCMMachine, Node, StateItem } from '@keelson/api';
import { anItem, anLcmCluster, anLcmMachine, aProtocol, answering } from '../machine/machine.fixtures.js';
import { anLcmWorld } from './lcmmachine.fixtures.js';
import type { LcmMachineWorld } from './lcmmachine.observe.js';
import { planLcmMachine } from './lcmmachine.plan.js';

const [fetch, join, tune] = [anItem('fetch', 'prepare'), anItem('join', 'deploy'), anItem('tune', 'reconfigure')];
const newer = (item: StateItem): StateItem => ({ ...item, version: '2' });
const old = [fetch, join, tune];
const done = old.map(({ name }) => name);
const target = '2.0.0+26.2';
const agent = { version: '1.43.0' };
const lcmCluster = anLcmCluster({
  annotations: { 'keelson.dev/update-turns': 'wk-1/uid-wk-1' },
  spec: { release: target, machineTypes: { control: old.map(newer), worker: old.map(newer) } },
});
const name = 'kaas-node-uid-wk-1';
const node: Node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};

/** A worker whose turn it is; its agent has done what is named. */
function world(
  items: readonly StateItem[],
  more: Partial<LcmMachineWorld> = {},
  how: object = { done },
): LcmMachineWorld {
  const machine: LCMMachine = anLcmMachine('wk-1', items, how);
  return anLcmWorld({ lcmCluster, machine, node, agent, ...more });
}
const preparing = [newer(fetch), join, tune];
/** As the agent leaves it before it has run the new prepare item, and after. */
const [running, prepared] = [
  { done: ['join', 'tune'], spec: { agentConfig: agent } },
  { done, spec: { agentConfig: agent } },
];
const stepsOf = (of: LcmMachineWorld) => planLcmMachine(of).steps.filter(({ type }) => type !== 'tell-stages');
const typesOf = (of: LcmMachineWorld): readonly string[] => stepsOf(of).map(({ type }) => type);

describe('a machine whose turn to be updated has come', () => {
  it('is prepared while its node is in use: prepare items and agent come first, beside what it has', () => {
    expect(stepsOf(world(old))).toEqual([
      { type: 'give-items', key: { namespace: 'demo', name: 'wk-1' }, items: preparing, more: { agentConfig: agent } },
    ]);
    const waits = planLcmMachine(world(preparing, {}, running));
    expect([typesOf(world(preparing, {}, running)), waits.outcome]).toMatchObject([[], { reason: 'ItemsRunning' }]);
  });

  it('is taken out of use once it is prepared, and gets the other items when it is', () => {
    expect(typesOf(world(preparing, {}, prepared))).toEqual(['request-maintenance']);
    const asked = { metadata: { name }, spec: { nodeName: name, scope: 'drain', release: target } };
    const protocol = aProtocol({ nodeRequest: () => asked as ReturnType<ReturnType<typeof aProtocol>['nodeRequest']> });
    const drain = {
      reason: 'upgrade',
      state: { spec: { type: 'cordon-drain', arg: 'wk-1', value: 'true' }, status: { value: 'true' } },
    } as unknown as NonNullable<LcmMachineWorld['drain']>;
    const out = world(preparing, { child: { ...answering, protocol }, drain }, prepared);
    expect(stepsOf(out)).toMatchObject([
      { type: 'give-items', items: old.map(newer), more: { release: target, agentConfig: agent } },
    ]);
  });

  it('whose prepare item fails, or whose agent does not come over, keeps its node and is named', () => {
    const failing = { done: ['join', 'tune'], failed: ['fetch'], spec: { agentConfig: agent } };
    expect(planLcmMachine(world(preparing, {}, failing))).toMatchObject({ outcome: { reason: 'ItemFailing' } });
    const stuck = { ...prepared, status: { agentVersion: '1.42.0', lcmAgentUpgradeStatus: { error: 'not found' } } };
    const plan = planLcmMachine(world(preparing, {}, stuck));
    expect([typesOf(world(preparing, {}, stuck)), plan.outcome]).toMatchObject([[], { reason: 'AgentUpdateFailing' }]);
  });

  it('whose turn is taken back while it is prepared stays as it is, and goes on from there', () => {
    const without = { lcmCluster: anLcmCluster({ spec: lcmCluster.spec }) };
    expect(typesOf(world(preparing, without, running))).toEqual([]);
    expect(typesOf(world(preparing, without, prepared))).toEqual([]);
    expect(typesOf(world(preparing, {}, prepared))).toEqual(['request-maintenance']);
  });

  it('keeps its node where the release cannot be used', () => {
    const broken = [anItem('fetch', 'prepare', { from: '{{nowhere}}' }), ...old.slice(1)];
    const unusable = anLcmCluster({
      annotations: lcmCluster.metadata.annotations ?? {},
      spec: { ...lcmCluster.spec, machineTypes: { control: broken, worker: broken } },
    });
    const plan = planLcmMachine(world(old, { lcmCluster: unusable }));
    expect(plan).toMatchObject({ outcome: { type: 'blocked', reason: 'UnknownPlaceholder' } });
    expect(typesOf(world(old, { lcmCluster: unusable }))).toEqual([]);
  });

  it('gets a prepare item that has the name of another phase with the others: statuses are found by name', () => {
    const moved = [anItem('join', 'prepare'), newer(tune)];
    const turned = anLcmCluster({
      annotations: lcmCluster.metadata.annotations ?? {},
      spec: { ...lcmCluster.spec, machineTypes: { control: moved, worker: moved } },
    });
    expect(stepsOf(world(old, { lcmCluster: turned }))).toMatchObject([{ type: 'give-items', items: [join, tune] }]);
  });
});
