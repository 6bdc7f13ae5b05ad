import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BareMetalHostKind } from '@keelson/api';
import { type Rack, aCluster, aMachine, aRack, aSubnet, eventsOf, namespace } from '../rack/rack.js';

describe('claiming a host', () => {
  let rack: Rack;
  beforeEach(async () => {
    rack = await aRack({ servers: 3 });
    await rack.world.apply(aSubnet(), aCluster());
  });
  afterEach(async () => {
    await rack.close();
  });

  const nowhere = { hostSelector: { matchLabels: { rack: 'z' } } };

  it('a selector that matches nothing is named with the labels there are, in condition and Event, and cured by a label', async () => {
    await rack.world.apply(aMachine('wk-1', 1, nowhere));
    await rack.world.advance(5);
    const machine = await rack.machine('wk-1');
    const message = expect.stringMatching(/no host matches the selector rack=z .*rack=a, rack=b/);
    expect(machine.status).toMatchObject({
      phase: 'Pending',
      errorReason: 'NoMatchingHost',
      errorMessage: message,
      progress: { reason: 'NoMatchingHost' },
      providerStatus: { ready: false },
    });
    expect(await eventsOf(rack, machine)).toEqual([expect.stringMatching(/^NoMatchingHost: .*rack=z/)]);
    await rack.world.api.patch(
      BareMetalHostKind,
      { namespace, name: 'srv-3' },
      { metadata: { labels: { rack: 'z' } } },
    );
    await rack.world.until('wk-1 bound', async () => (await rack.host('srv-3')).spec.consumerRef?.name === 'wk-1', 60);
  });

  it('of two machines that want one host one wins, the other waits, names the winner and takes the next', async () => {
    await rack.world.apply(aMachine('wk-1', 1), aMachine('wk-2', 1));
    await rack.world.advance(5);
    const [one, two] = [await rack.machine('wk-1'), await rack.machine('wk-2')];
    const winner = (await rack.host('srv-1')).spec.consumerRef?.name;
    const loser = winner === 'wk-1' ? two : one;
    expect(loser.status).toMatchObject({
      phase: 'Pending',
      progress: {
        waitingOn: { kind: 'Machine', name: winner },
        reason: 'HostTaken',
        message: expect.stringContaining(`srv-1 belongs to ${winner}`),
      },
    });
    expect(
      [one, two].filter((machine) => machine.metadata.annotations?.['metal3.io/BareMetalHost'] !== undefined),
    ).toHaveLength(1);
    await rack.remove(String(winner));
    await rack.world.until(
      'the other has the host',
      async () => (await rack.host('srv-1')).spec.consumerRef?.name === loser.metadata.name,
      900,
    );
  });

  it('twenty machines over three hosts: no host is claimed twice, no machine has two', async () => {
    const any = { hostSelector: { matchExpressions: [{ key: 'rack', operator: 'In', values: ['a', 'b'] }] } };
    await rack.world.apply(...Array.from({ length: 20 }, (_, i) => aMachine(`wk-${i}`, 1, any)));
    await rack.world.advance(120);
    const hosts = (await rack.world.api.list(BareMetalHostKind, { namespace })).items;
    const owners = hosts.map((host) => host.spec.consumerRef?.name);
    expect(new Set(owners).size).toBe(3);
    const bound = (await rack.machines()).filter(
      (machine) => machine.metadata.annotations?.['metal3.io/BareMetalHost'] !== undefined,
    );
    expect(new Set(bound.map((machine) => machine.metadata.name))).toEqual(new Set(owners));
  });

  it('a lost host blocks its machine instead of being replaced', async () => {
    await rack.world.apply(aMachine('wk-1', 1));
    await rack.world.until('wk-1 bound', async () => (await rack.host('srv-1')).spec.consumerRef !== undefined, 60);
    await rack.world.api.delete(BareMetalHostKind, { namespace, name: 'srv-1' });
    await rack.world.until(
      'it says so',
      async () => (await rack.machine('wk-1')).status?.errorReason === 'HostLost',
      120,
    );
  });
});
