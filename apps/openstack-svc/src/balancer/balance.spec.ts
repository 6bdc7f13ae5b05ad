import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type BalanceInput, type BalanceInstance, balanceOf, spreadOf } from './balance.js';

const hostNames = ['h1', 'h2', 'h3', 'h4', 'h5'] as const;

/** Clouds whose hosts carry their instances and some load of their own. */
const anyCloud: fc.Arbitrary<BalanceInput> = fc
  .record({
    hosts: fc.array(
      fc.record({
        zone: fc.constantFrom('north', 'north', 'south'),
        cpus: fc.constantFrom(8, 16, 64),
        own: fc.integer({ min: 0, max: 60 }),
        room: fc.integer({ min: 0, max: 8_000 }),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    guests: fc.array(
      fc.record({
        at: fc.nat(4),
        busy: fc.integer({ min: 0, max: 800 }).map((hundredths) => hundredths / 100),
        memory: fc.constantFrom(512, 2_048, 4_096),
      }),
      { maxLength: 25 },
    ),
    apart: fc.array(fc.uniqueArray(fc.nat(24), { maxLength: 4 }), { maxLength: 2 }),
    limits: fc.record({
      loadThreshold: fc.integer({ min: 10, max: 100 }),
      minImprovement: fc.constantFrom(0, 0, 10),
      mostMoves: fc.integer({ min: 1, max: 10 }),
    }),
  })
  .map(({ hosts, guests, apart, limits }) => {
    const instances = guests.map(({ at, busy, memory }, n): BalanceInstance => {
      return { id: `vm-${n}`, name: `vm-${n}`, host: hostNames[at % hosts.length] ?? 'h1', busy, memory };
    });
    return {
      limits,
      instances,
      hosts: hosts.map(({ own, ...host }, n) => {
        const name = hostNames[n] ?? '';
        const busy = instances.filter((one) => one.host === name).reduce((sum, one) => sum + one.busy, 0);
        return { ...host, name, load: own + (busy / host.cpus) * 100 };
      }),
      apart: apart.map((group) =>
        group.flatMap((n) => {
          const instance = instances[n];
          return instance === undefined ? [] : [{ id: instance.id, host: instance.host }];
        }),
      ),
    };
  });

/** The cloud once everything has moved. */
function moved(cloud: BalanceInput): BalanceInput {
  const { moves } = balanceOf(cloud);
  const places = new Map(moves.map(({ instance, to }) => [instance.id, to]));
  const hosts = cloud.hosts.map((host) => {
    const of = (instances: readonly BalanceInstance[]) => ({
      busy: instances.reduce((sum, { busy }) => sum + busy, 0),
      memory: instances.reduce((sum, { memory }) => sum + memory, 0),
    });
    const came = of(cloud.instances.filter(({ id }) => places.get(id) === host.name));
    const left = of(cloud.instances.filter((instance) => instance.host === host.name && places.has(instance.id)));
    const load = host.load + ((came.busy - left.busy) / host.cpus) * 100;
    return { ...host, load, room: host.room + left.memory - came.memory };
  });
  const at = <T extends { readonly id: string; readonly host: string }>(one: T): T => {
    return { ...one, host: places.get(one.id) ?? one.host };
  };
  return { ...cloud, hosts, instances: cloud.instances.map(at), apart: cloud.apart.map((group) => group.map(at)) };
}

const stable = { numRuns: 150, seed: 42 };

describe('a balance', () => {
  it('keeps to its limits, and moves nothing to a host that is fuller, over the threshold, or of another zone', () => {
    fc.assert(
      fc.property(anyCloud, (cloud) => {
        const { moves } = balanceOf(cloud);
        const loads = new Map(cloud.hosts.map(({ name, load }) => [name, load]));
        const cpus = new Map(cloud.hosts.map((host) => [host.name, host.cpus]));
        const zones = new Map(cloud.hosts.map(({ name, zone }) => [name, zone]));
        expect(moves.length).toBeLessThanOrEqual(cloud.limits.mostMoves);
        expect(new Set(moves.map(({ instance }) => instance.id)).size).toBe(moves.length);
        for (const { instance, from, to } of moves) {
          const { busy = 0, host } = cloud.instances.find(({ id }) => id === instance.id) ?? {};
          const [source = 0, target = 0] = [loads.get(from), loads.get(to)];
          const after = target + (busy / (cpus.get(to) ?? 1)) * 100;
          expect([host, zones.get(to)]).toEqual([from, zones.get(from)]);
          expect(source).toBeGreaterThan(cloud.limits.loadThreshold);
          expect(target).toBeLessThan(source);
          expect(after).toBeLessThan(source);
          expect(after).toBeLessThanOrEqual(cloud.limits.loadThreshold);
          loads.set(to, after);
          loads.set(from, source - (busy / (cpus.get(from) ?? 1)) * 100);
        }
      }),
      stable,
    );
  });

  it('makes the load more even by as much as it must, with room for all, and none together that want to be apart', () => {
    fc.assert(
      fc.property(anyCloud, (cloud) => {
        const { moves, spread, expected } = balanceOf(cloud);
        const after = moved(cloud);
        expect(spreadOf(after.hosts.map(({ load }) => load))).toBeCloseTo(expected, 6);
        if (moves.length > 0) {
          expect(expected).toBeLessThan(spread);
          expect((spread - expected) * 100).toBeGreaterThanOrEqual(cloud.limits.minImprovement * spread);
        }
        expect(after.hosts.filter(({ room }) => room < 0)).toEqual([]);
        after.apart.forEach((group, n) => {
          const together = (members: readonly { readonly host: string }[]): number =>
            members.length - new Set(members.map(({ host }) => host)).size;
          expect(together(group)).toBeLessThanOrEqual(together(cloud.apart[n] ?? []));
        });
      }),
      stable,
    );
  });

  it('comes to an end, look by look', () => {
    fc.assert(
      fc.property(anyCloud, (cloud) => {
        let now = cloud;
        let looks = 0;
        for (; balanceOf(now).moves.length > 0 && looks < 60; looks += 1) now = moved(now);
        expect(looks).toBeLessThan(60);
      }),
      { ...stable, numRuns: 60 },
    );
  });
});
