import { describe, expect, it } from '@jest/globals';
import { type KubeObject, MachineKind, UpdateAutoPauseKind, UpdateGroupKind } from '@keelson/api';
import { noBusFaults } from '@keelson/bus';
import { isFailure, pick, type Random, seededRandom } from '@keelson/std';
import type { ApiFault, FaultRule } from '@keelson/testing';
import { aCloud, aMachine, type Cloud, clusterName, namespace, reportCluster } from '../cloud.js';

const steps = ['openstack', 'ceph', 'k8s-controllers', 'k8s-workers-cloud-default', 'mcc-components'];
const pauseKey = { namespace, name: clusterName };
const groupKey = { namespace, name: 'cloud-default' };
const faults: readonly ApiFault[] = ['lostRequest', 'lostAnswer', 'conflict', 'crashBefore', 'crashAfter'];
const seeds = Number(process.env['KEELSON_UPDATE_SEEDS'] ?? 5);

/** What operators, owners and alerts do to an update, one at a time. Nothing of it is lasting: `calm` ends it all. */
const deeds: Readonly<Record<string, (cloud: Cloud, random: Random) => Promise<void>>> = {
  // What has begun cannot be taken back: the API says so, also to one who commences less than before.
  commence: (cloud, random) =>
    cloud.commence(...steps.slice(0, Math.floor(random.next() * (steps.length + 1)))).catch((error: unknown) => {
      if (!isFailure(error, 'terminal')) throw error;
    }),
  fail: async (cloud, random) => void cloud.owners.failing.set(pick(random, steps), 'it broke'),
  cure: async (cloud) => cloud.owners.failing.clear(),
  leave: (cloud, random) => cloud.owners.leave(pick(random, ['openstack', 'ceph', 'kubernetes'] as const)),
  return: (cloud) => cloud.owners.return(),
  alarm: async (cloud) => void (await cloud.world.report(UpdateAutoPauseKind, pauseKey, { firingAlerts: ['Down'] })),
  silence: async (cloud) => void (await cloud.world.report(UpdateAutoPauseKind, pauseKey, { firingAlerts: [] })),
  degrade: (cloud) => reportCluster(cloud.world, 'mosk-a', { ready: false }),
  recover: (cloud) => reportCluster(cloud.world, 'mosk-a'),
  // An operator who edits groups and machines in the middle.
  regroup: async ({ world }, random) => {
    const spec = { concurrentUpdates: 1 + Math.floor(random.next() * 4), index: Math.floor(random.next() * 3) };
    await world.api.patch(UpdateGroupKind, groupKey, { spec });
  },
  join: ({ world }, random) => world.apply(aMachine(`wk-${1 + Math.floor(random.next() * 9)}`)),
  part: async ({ world }, random) => {
    const key = { namespace, name: `wk-${1 + Math.floor(random.next() * 9)}` };
    if ((await world.find(MachineKind, key)) !== undefined) await world.api.delete(MachineKind, key);
  },
};

async function calm(cloud: Cloud): Promise<void> {
  for (const name of ['cure', 'return', 'silence', 'recover']) await deeds[name]?.(cloud, seededRandom(0));
}

/** What must never be, as sentences. */
async function violations(cloud: Cloud): Promise<readonly string[]> {
  const { status } = await cloud.plan();
  const told = status?.steps ?? [];
  const open = told.findIndex((step) => step.status !== 'Completed');
  const early = told.filter(
    ({ status: state }, i) => open >= 0 && i > open && (state === 'InProgress' || state === 'Completed'),
  );
  const isSilent =
    status?.status === 'InProgress' && status.progress?.reason === undefined && status.progress?.message === undefined;
  return [
    ...early.map(({ id }) => `${id} is under way before ${told[open]?.id ?? ''} is done`),
    ...(isSilent ? ['the plan is under way and names nothing that it waits for'] : []),
    ...cloud.owners.ordered.flatMap((step, i) => (steps[i] === step ? [] : [`${step} was ordered as number ${i + 1}`])),
  ];
}

describe('an update under random deeds and faults', () => {
  it.each(Array.from({ length: seeds }, (_, seed) => seed))(
    'keeps its order, waits for something by name, and ends (seed %i)',
    async (seed) => {
      const random = seededRandom(`update/${seed}`);
      let isCalm = false;
      const api: FaultRule = () => (!isCalm && random.next() < 0.05 ? pick(random, faults) : undefined);
      const lossy = { lostRequest: 0.1, doubled: 0.1, delayed: 0.2, maxDelayMs: 30_000, failedPublish: 0.1 };
      const cloud = await aCloud({
        seed: String(seed),
        faults: { api, bus: () => ({ ...noBusFaults, ...(isCalm ? {} : lossy) }) },
      });
      try {
        await cloud.world.apply(anAutoPause());
        for (let deed = 0; deed < 40; deed += 1) {
          await deeds[pick(random, Object.keys(deeds))]?.(cloud, random);
          await cloud.world.advance(10 + Math.floor(random.next() * 120));
          expect(await violations(cloud)).toEqual([]);
        }
        isCalm = true;
        await calm(cloud);
        await cloud.world.advance(120);
        await cloud.commence(...steps);
        await cloud.world.until(
          'the update is over',
          async () => (await cloud.plan()).status?.status === 'Completed',
          7200,
        );
        expect(await violations(cloud)).toEqual([]);
        expect(cloud.owners.ordered).toEqual(steps);
      } finally {
        await cloud.world.close();
      }
    },
  );
});

function anAutoPause(): KubeObject {
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'UpdateAutoPause',
    metadata: { name: clusterName, namespace },
    spec: { alerts: ['Down'] },
  } as KubeObject;
}
