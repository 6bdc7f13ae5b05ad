import { afterEach, describe, expect, it } from '@jest/globals';
import { BareMetalHostInventoryKind, MachineKind } from '@keelson/api';
import { baremetalRequests, type PowerAnswer } from '@keelson/contracts';
import { aRack, namespace, type Rack } from '../rack/rack.js';

const key = { namespace, name: 'srv-01' };
let rack: Rack;
afterEach(() => rack.close());

/** A server with a system, whose Machine says that it is the node `n1`. */
async function aNode(): Promise<void> {
  rack = await aRack({ servers: 1 });
  await rack.enroll([1]);
  await rack.hostIs('srv-01', 'available', 600);
  await rack.bind('wk-1', 'srv-01');
  await rack.install('wk-1', 'srv-01');
  await rack.hostIs('srv-01', 'provisioned', 1200);
  await rack.world.until('the system runs', () => rack.lab.isRunning('srv-01'), 600);
  const nodeRef = { apiVersion: 'v1', kind: 'Node', name: 'n1' };
  const machine = { namespace, name: 'wk-1' };
  await rack.world.api.patch(MachineKind, machine, { status: { nodeRef } }, { subresource: 'status' });
}

async function asked(node = 'n1', cluster = 'first'): Promise<PowerAnswer> {
  const answer = rack.world.bus.request(
    baremetalRequests.host.power,
    { namespace, cluster, node },
    { timeoutMs: 8_000 },
  );
  await rack.world.advance(7);
  return answer;
}

describe('who must know that a node is down', () => {
  it('is told so when its server is off and stays off, and nothing that was true once', async () => {
    await aNode();
    expect(await asked()).toEqual({
      power: 'On',
      staysOff: false,
      message: 'the BMC of BareMetalHost demo/srv-01 says On',
    });
    await rack.world.api.patch(BareMetalHostInventoryKind, key, { spec: { online: false } });
    await rack.world.until(
      'it is off',
      async () => (await rack.world.get(BareMetalHostInventoryKind, key)).status?.poweredOn === false,
      300,
    );
    expect(await asked()).toEqual({
      power: 'Off',
      staysOff: true,
      message: 'the BMC of BareMetalHost demo/srv-01 says Off, and online: false keeps it so',
    });
    for (const [kind, why] of [
      ['bmcUnreachable', /^BareMetalHost demo\/srv-01: .*the BMC did not answer/],
      ['bmcSlow', /^the BMC of BareMetalHost demo\/srv-01 does not answer in time$/],
    ] as const) {
      rack.fault(kind, 'srv-01', 3);
      expect(await asked()).toEqual({ power: 'Unknown', staysOff: false, message: expect.stringMatching(why) });
      await rack.world.advance(60);
    }
    expect((await asked()).power).toBe('Off');
  });

  it('is told nothing of a server that is not surely its own', async () => {
    await aNode();
    const unknown = (why: RegExp) => ({ power: 'Unknown', staysOff: false, message: expect.stringMatching(why) });
    expect(await asked('n2')).toEqual(unknown(/^no Machine of cluster demo\/first says that n2 is its node$/));
    expect(await asked('n1', 'second')).toEqual(unknown(/^no Machine of cluster demo\/second/));
    const machine = { namespace, name: 'wk-1' };
    const metadata = { annotations: { 'metal3.io/BareMetalHost': 'demo/srv-02' } };
    await rack.world.api.patch(MachineKind, machine, { metadata });
    expect(await asked()).toEqual(unknown(/^Machine wk-1 has no BareMetalHost$/));
  });
});
