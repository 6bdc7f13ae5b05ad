import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LeaseKind } from '@keelson/api';
import { type Clock, scaledClock, seededRandom, silentLog, VirtualClock } from '@keelson/std';
import { kubeInProcess, type KubeWorld } from '@keelson/testing';
import { type Election, electLeader, type ElectionOptions } from '../index.js';
import { type LossyApi, lossyApi } from '../lossy-api.fixtures.js';

const lease = { namespace: 'default', name: 'baremetal-svc' };

interface Contender {
  readonly election: Election;
  readonly lossy: LossyApi;
  readonly story: string[];
}

describe('electLeader', () => {
  let clock: VirtualClock;
  let world: KubeWorld;
  let contenders: Contender[];
  /** Who leads at each moment something changes; never two. */
  let leading: Set<string>;

  beforeEach(async () => {
    clock = new VirtualClock();
    world = await kubeInProcess({ clock });
    contenders = [];
    leading = new Set();
  });
  afterEach(async () => {
    const stopping = Promise.all(contenders.map(({ election }) => election.stop()));
    await clock.advance(60_000);
    await stopping;
    await world.close();
  });

  const contend = (identity: string, more: Partial<ElectionOptions> = {}): Contender => {
    const story: string[] = [];
    const lossy = lossyApi(world.api);
    const onLead = (signal: AbortSignal): Promise<void> => {
      story.push('leads');
      leading.add(identity);
      expect(leading.size).toBe(1);
      return new Promise((resolve) => {
        signal.addEventListener(
          'abort',
          () => {
            leading.delete(identity);
            story.push('ends');
            resolve();
          },
          { once: true },
        );
      });
    };
    const options = {
      api: lossy.api,
      lease,
      identity,
      clock: clock as Clock,
      random: seededRandom(identity),
      log: silentLog,
      onLead,
      onLost: () => void story.push('lost'),
      ...more,
    };
    const contender = { election: electLeader(options), lossy, story };
    contenders.push(contender);
    return contender;
  };
  const advance = (seconds: number): Promise<void> => clock.advance(seconds * 1000);

  it('takes a lease that nobody has, and says so in it', async () => {
    const a = contend('a');
    await advance(0);
    expect([a.story, a.election.isLeader(), a.election.holder()]).toEqual([['leads'], true, 'a']);
    expect((await world.api.get(LeaseKind, lease))?.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
    });
  });

  it('renews for as long as it lives; others wait', async () => {
    const a = contend('a');
    await advance(0);
    const b = contend('b');
    await advance(3600);
    expect([a.story, b.story, b.election.holder()]).toEqual([['leads'], [], 'a']);
    const { spec } = (await world.api.get(LeaseKind, lease)) ?? {};
    expect(Date.parse(spec?.renewTime ?? '')).toBeGreaterThan(clock.now() - 3000);
    expect(spec).toMatchObject({ acquireTime: '2026-01-01T00:00:00.000000Z', leaseTransitions: 0 });
  });

  it('gives it back at the end, so that the next takes it at once', async () => {
    const a = contend('a');
    await advance(0);
    const b = contend('b');
    await advance(10);
    await a.election.stop();
    expect(a.story).toEqual(['leads', 'ends']);
    await advance(3);
    expect(b.story).toEqual(['leads']);
    expect((await world.api.get(LeaseKind, lease))?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  it.each(['lose', 'hang'] as const)(
    'steps down before another may take it, when the API is gone for it (%s)',
    async (how) => {
      const a = contend('a');
      await advance(0);
      const b = contend('b');
      await advance(20);
      a.lossy[how]();
      await advance(11);
      expect([a.story, a.election.isLeader(), b.story]).toEqual([['leads', 'ends', 'lost'], false, []]);
      await advance(10);
      expect(b.story).toEqual(['leads']);
    },
  );

  it('stays leader through a short loss', async () => {
    const a = contend('a');
    await advance(20);
    a.lossy.lose();
    await advance(7);
    a.lossy.restore();
    await advance(60);
    expect(a.story).toEqual(['leads']);
  });

  it('judges by its own clock alone, however wrong', async () => {
    const a = contend('a');
    await advance(0);
    const fast = scaledClock(clock, 1.2);
    const b = contend('b', {
      clock: {
        now: () => fast.now() + 86_400_000_000,
        elapsed: () => fast.elapsed(),
        schedule: (ms, run) => fast.schedule(ms, run),
      },
    });
    await advance(3600);
    expect([a.story, b.story]).toEqual([['leads'], []]);
  });

  it('takes the lease of a holder that does not renew, once', async () => {
    const others = ['b', 'c', 'd'].map((identity) => contend(identity));
    await world.api.create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: lease,
      spec: {
        holderIdentity: 'dead',
        leaseDurationSeconds: 15,
        acquireTime: '2025-12-31T00:00:00.000000Z',
        renewTime: '2025-12-31T00:00:00.000000Z',
        leaseTransitions: 4,
      },
    } as never);
    await advance(14);
    expect(leading.size).toBe(0);
    await advance(20);
    expect(others.filter(({ election }) => election.isLeader())).toHaveLength(1);
    expect((await world.api.get(LeaseKind, lease))?.spec.leaseTransitions).toBe(5);
  });

  it('ends at once when another has written itself in', async () => {
    const a = contend('a');
    await advance(5);
    await world.api.patch(LeaseKind, lease, { spec: { holderIdentity: 'usurper' } });
    await advance(3);
    expect([a.story, a.election.holder()]).toEqual([['leads', 'ends', 'lost'], 'usurper']);
    await advance(20);
    expect(a.story).toEqual(['leads', 'ends', 'lost', 'leads']);
  });

  it('goes on after a write whose answer was lost, and after the lease was deleted', async () => {
    const a = contend('a');
    await advance(5);
    await world.api.patch(LeaseKind, lease, { spec: { renewTime: '2026-01-01T00:00:05.000000Z' } });
    await advance(5);
    await world.api.delete(LeaseKind, lease);
    await advance(60);
    expect([a.story[0], a.election.isLeader(), (await world.api.get(LeaseKind, lease))?.spec.holderIdentity]).toEqual([
      'leads',
      true,
      'a',
    ]);
  });

  it('gives the lease up when what leads fails, and tries again later', async () => {
    let starts = 0;
    contend('a', {
      onLead: async () => {
        starts += 1;
        throw new Error('cannot start');
      },
    });
    await advance(60);
    expect([starts > 5, starts < 60]).toEqual([true, true]);
  });

  it('wants to step down before the lease runs out', () => {
    const api = world.api;
    expect(() =>
      electLeader({
        api,
        lease,
        identity: 'a',
        clock,
        random: seededRandom('a'),
        log: silentLog,
        onLead: () => undefined,
        leaseSeconds: 5,
      }),
    ).toThrow('renewWithinSeconds must be less');
  });
});
