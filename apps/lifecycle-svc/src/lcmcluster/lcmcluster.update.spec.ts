import { describe, expect, it } from '@jest/globals';
import type { ClusterMaintenanceRequest, Machine, UpdateGroup } from '@keelson/api';
import { aMachine, aProtocol, anItem, anLcmCluster, anLcmMachine, answering } from '../machine/machine.fixtures.js';
import { instanceNameOf } from '../names.js';
import { anLcmClusterWorld } from './lcmcluster.fixtures.js';
import type { LcmClusterWorld } from './lcmcluster.observe.js';
import { planUpdate } from './lcmcluster.update.js';

const [old, next] = ['1.0.0+26.1', '2.0.0+26.2'];
const items = [anItem('join', 'deploy')];
const request = { metadata: { name: 'first' }, spec: { scope: 'os', release: next } } as ClusterMaintenanceRequest;
const group = { metadata: { name: 'first-default' }, spec: { index: 1, concurrentUpdates: 9 } } as UpdateGroup;

/** A worker that is Ready, with labels for its node. */
function aWorker(name: string, labels: readonly string[], state: 'Ready' | 'Deploy' = 'Ready', release = old) {
  const asked = aMachine(name, { nodeLabels: labels.map((key) => ({ key, value: 'enabled' })) });
  const machine: Machine = { ...asked, status: { providerStatus: { status: state, conditions: [] } } };
  return { machine, lcmMachine: anLcmMachine(name, items, { done: ['join'], spec: { release }, status: { release } }) };
}

function turnsGiven(...members: LcmClusterWorld['members']): readonly string[] {
  return turnsWith(undefined, members);
}

function turnsWith(rooms: LcmClusterWorld['rooms'], members: LcmClusterWorld['members']): readonly string[] {
  const world = anLcmClusterWorld({
    lcmCluster: anLcmCluster({ spec: { release: next } }),
    members,
    child: { ...answering, protocol: aProtocol({ clusterRequest: () => request }) },
    groups: [group],
    rooms,
  });
  const { steps } = planUpdate(world) ?? { steps: [] };
  return steps.flatMap((step) => (step.type === 'hand-update-turns' ? step.turns.map(({ machine }) => machine) : []));
}

describe('turns of workers, wide as their group is', () => {
  it('are one at a time for gateways and storage, a minority for quorum services, and many for computes', () => {
    const three = (label: string) => ['a', 'b', 'c'].map((name) => aWorker(`${label}-${name}`, [label]));
    expect(turnsGiven(...three('openstack-compute-node'))).toHaveLength(3);
    expect(turnsGiven(...three('openstack-gateway'))).toHaveLength(1);
    expect(turnsGiven(...three('ceph_role_osd'))).toHaveLength(1);
    expect(turnsGiven(...three('openstack-control-plane'))).toHaveLength(1);
  });

  it('are as many computes as leave room for the instances of the others, and one of those that are too full', () => {
    const computes = ['a', 'b', 'c', 'd'].map((name) => aWorker(name, ['openstack-compute-node']));
    const filled = (usedMiB: number): LcmClusterWorld['rooms'] => ({
      hosts: new Map(
        computes.map(({ machine }) => {
          const node = instanceNameOf(machine);
          return [node, { node, zone: 'nova', usedMiB, freeMiB: 100 - usedMiB }];
        }),
      ),
    });
    expect([20, 40, 70, 95].map((used) => turnsWith(filled(used), computes).length)).toEqual([3, 2, 1, 1]);
    expect(turnsWith({ lacks: 'nobody answers' }, computes)).toHaveLength(4);
  });

  it('wait while a member that is updated already is out of service', () => {
    const labels = ['openstack-control-plane'];
    const away = aWorker('a', labels, 'Deploy', next);
    expect(turnsGiven(away, aWorker('b', labels), aWorker('c', labels))).toEqual([]);
    expect(turnsGiven(aWorker('a', labels, 'Ready', next), aWorker('b', labels), aWorker('c', labels))).toEqual(['b']);
  });
});

describe('an update without a plan', () => {
  const worker = aWorker('a', ['openstack-compute-node']);
  const planned = (needsPlan: boolean) =>
    planUpdate(
      anLcmClusterWorld({
        lcmCluster: anLcmCluster({ spec: { release: next } }),
        members: [worker],
        child: { ...answering, protocol: aProtocol({ clusterRequest: () => request }) },
        groups: [group],
        needsPlan,
      }),
    );

  it('touches no machine of a cluster whose updates go by plans, and names the one that is missing', () => {
    expect(planned(true)).toMatchObject({
      steps: [],
      outcome: {
        on: { kind: 'ClusterUpdatePlan', name: 'first-2.0.0' },
        reason: 'GroupHeld',
        message: expect.stringMatching(
          /there is no ClusterUpdatePlan first-2\.0\.0, by which the owners of OpenStack and Ceph/,
        ),
      },
    });
  });

  it('goes on in one whose updates do not', () => {
    expect(planned(false)?.steps).toMatchObject([{ type: 'hand-update-turns', turns: [{ machine: 'a' }] }]);
  });
});

describe('a turn', () => {
  it.each([
    [undefined, false, false],
    [undefined, true, true],
    [true, false, true],
    [false, true, false],
  ])(
    'restarts the machine as its group says (%s), else as its cluster does (%s)',
    (said, rebootsByDefault, reboots) => {
      const saying = said === undefined ? {} : { rebootIfUpdateRequires: said };
      const plan = planUpdate(
        anLcmClusterWorld({
          lcmCluster: anLcmCluster({ spec: { release: next, nodesRebootRequired: true } }),
          members: [aWorker('a', [])],
          child: { ...answering, protocol: aProtocol({ clusterRequest: () => request }) },
          groups: [{ ...group, spec: { ...group.spec, ...saying } }],
          rebootsByDefault,
        }),
      );
      expect(plan?.steps).toMatchObject([{ turns: [{ machine: 'a', reboots }] }]);
    },
  );
});
