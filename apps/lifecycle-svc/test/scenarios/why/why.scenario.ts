import { describe, expect, it } from '@jest/globals';
import { NodeWorkloadLockKind } from '@keelson/api';
import type { WhyLink } from '@keelson/contracts';
import { aRack, clusterName, namespace } from '../rack/rack.js';
import { lock, update, with_ } from './fault.js';
import { buildingFaults } from './faults-building.js';
import { maintenanceFaults } from './faults-maintenance.js';
import { updatingFaults } from './faults-updating.js';

/** The table by which `why` is judged. */
const faults = [...buildingFaults, ...maintenanceFaults, ...updatingFaults];

describe('why', () => {
  it.each(faults)('$name', async ({ name, given, before, act, of = ['Cluster', clusterName], cause }) => {
    const rack = await aRack({ servers: 2 });
    try {
      await before?.(rack);
      await rack.world.apply(...(given ?? with_({})));
      if (act !== undefined) await rack.allReady();
      await act?.(rack);
      let chain: readonly WhyLink[] = [];
      const isRight = (): boolean => {
        const { kind, name: named } = chain.at(-1)?.object ?? {};
        return (cause.kind ?? kind) === kind && (cause.name ?? named) === named;
      };
      for (let minutes = 0; minutes < 20 && (minutes < 2 || !isRight()); minutes += 1) {
        await rack.world.advance(60);
        ({ chain } = await rack.manager.why(of[0], { namespace, name: of[1] }));
      }
      expect({ name, cause: chain.at(-1)?.object }).toMatchObject({ name, cause });
      isWhole(chain[0]);
    } finally {
      await rack.close();
    }
  });

  it('the Cluster tells the failure of the leaf within five seconds', async () => {
    const rack = await aRack({ servers: 2 });
    try {
      await rack.world.apply(...with_({}));
      await rack.allReady();
      await lock(rack);
      const child = await rack.child();
      const say = (status: object): Promise<unknown> =>
        child.patch(NodeWorkloadLockKind, { name: 'sre-node' }, { status }, { subresource: 'status' });
      // A lock with a status is somebody's who can be asked.
      await say({ state: 'active' });
      await update(rack);
      const told = async (text: string): Promise<boolean> =>
        (await rack.cluster()).status?.progress?.message?.includes(text) === true;
      await rack.world.until('the lock is told', () => told('sre has not released its lock'), 1800);
      await say({ state: 'failed', errorMessage: 'no room for two instances' });
      await rack.world.until('its failure is told', () => told('no room for two instances'), 5);
    } finally {
      await rack.close();
    }
  });
});

/** What was asked about says why, since when, what unblocks it and what gives it up; and where it must end, until when. */
function isWhole(top: WhyLink | undefined): void {
  expect([top?.since, top?.lookedAt].map((time) => Number.isNaN(Date.parse(time ?? '')))).toEqual([false, false]);
  expect([top?.message, top?.unblocks, top?.abort]).not.toContain(undefined);
  expect(top?.deadline === undefined).toBe(top?.heartbeat === undefined);
}
