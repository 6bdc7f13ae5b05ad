import { describe, expect, it } from '@jest/globals';
import {
  type BareMetalHost,
  BareMetalHostInventoryKind,
  BareMetalHostKind,
  finalizers,
  type KubeObject,
  NamespaceKind,
  SecretKind,
} from '@keelson/api';
import { apiFaults, eachCallFailingInTurn, type HermeticOptions } from '@keelson/testing';
import { aRack, namespace, type Rack } from '../rack/rack.js';

/** Shorter than the deadline by which a host that cannot be powered off is let go. */
const inOrderSeconds = 200;

const secretOf = (server: string) => ({ namespace, name: `${server}-bmc-password` });

async function deleteNamespace({ world }: Rack, limitSeconds = inOrderSeconds): Promise<void> {
  await world.api.delete(NamespaceKind, { name: namespace });
  await world.until(
    'the namespace is gone',
    async () => (await world.find(NamespaceKind, { name: namespace })) === undefined,
    limitSeconds,
  );
}

const powerOf = ({ lab }: Rack): unknown[] => [...lab.servers.values()].map(({ power }) => power);

/** A host that an operator writes himself, and the Secret it names. */
function aHost(number: number, credentialsName: string): BareMetalHost {
  const name = `srv-0${number}`;
  return {
    apiVersion: 'metal3.io/v1alpha1',
    kind: 'BareMetalHost',
    metadata: { name, namespace },
    spec: {
      automatedCleaningMode: 'metadata',
      bootMode: 'UEFI',
      online: true,
      bootMACAddress: `52:54:00:00:00:0${number}`,
      bmc: {
        address: `redfish://bmc.test:8443/redfish/v1/Systems/${name}`,
        credentialsName,
        disableCertificateVerification: true,
      },
    },
  };
}

function aSecret(name: string): KubeObject & { stringData: object } {
  const stringData = { username: 'admin', password: 'keelson-lab' };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData };
}

async function heldBy({ world }: Rack, name: string): Promise<readonly string[] | undefined> {
  const secret = await world.find(SecretKind, { namespace, name });
  return secret === undefined ? undefined : (secret.metadata.finalizers ?? []);
}

describe('a namespace that is deleted all at once', () => {
  it('is gone when its servers are off: those at rest, one in inspection and one that runs', async () => {
    const rack = await aRack();
    await rack.enroll([1, 2]);
    await rack.hostIs('srv-01', 'available', 900);
    await rack.bind('wk-1', 'srv-01');
    await rack.world.advance(30);
    await rack.install('wk-1', 'srv-01');
    await rack.hostIs('srv-01', 'provisioned', 1800);
    await rack.enroll([3]);
    await rack.hostIs('srv-03', 'inspecting', 60);
    expect(powerOf(rack)).toContain('On');
    await deleteNamespace(rack);
    expect(powerOf(rack)).toEqual(['Off', 'Off', 'Off']);
    await rack.close();
  });

  it('is gone in order whichever call fails or whenever the service dies', async () => {
    const play = async (options: HermeticOptions): Promise<Rack['world']> => {
      const rack = await aRack({ ...options, servers: 1 });
      await rack.world.apply(aSecret('bmc'), aHost(1, 'bmc'));
      await rack.hostIs('srv-01', 'inspecting', 300);
      await deleteNamespace(rack);
      expect(powerOf(rack)).toEqual(['Off']);
      await rack.close();
      return rack.world;
    };
    expect(await eachCallFailingInTurn(play, apiFaults)).toBeGreaterThan(5);
  });
});

describe('the Secret with the account of a BMC', () => {
  it('is held from before the first question to the BMC until the last of two hosts names another', async () => {
    const rack = await aRack({ servers: 2 });
    const { world } = rack;
    await world.apply(aSecret('shared'), aSecret('other'), aHost(1, 'shared'), aHost(2, 'shared'));
    await rack.hostIs('srv-01', 'available', 900);
    await rack.hostIs('srv-02', 'available', 900);
    const writes = world.calls.filter(({ kind }) => kind === 'Secret').map(({ verb, name }) => `${verb} ${name}`);
    expect(writes).toEqual(['patch shared']);
    await world.api.delete(BareMetalHostKind, { namespace, name: 'srv-01' });
    await world.until(
      'srv-01 is gone',
      async () => (await world.find(BareMetalHostKind, { namespace, name: 'srv-01' })) === undefined,
      300,
    );
    await world.api.delete(SecretKind, { namespace, name: 'shared' });
    expect(await heldBy(rack, 'shared')).toEqual([finalizers.hostSecret]);
    await world.api.patch(
      BareMetalHostKind,
      { namespace, name: 'srv-02' },
      { spec: { bmc: { credentialsName: 'other' } } },
    );
    await world.advance(5);
    expect(await heldBy(rack, 'shared')).toBeUndefined();
    expect(await heldBy(rack, 'other')).toEqual([finalizers.hostSecret]);
    await rack.close();
  });

  it('is let go though the service was away when its host went', async () => {
    const rack = await aRack({ servers: 1 });
    const { world } = rack;
    await world.apply({
      ...aSecret('left'),
      metadata: { name: 'left', namespace, finalizers: [finalizers.hostSecret] },
    });
    await rack.restart();
    await world.advance(5);
    expect(await heldBy(rack, 'left')).toEqual([]);
    await rack.close();
  });

  it('that was removed by force keeps no host for ever, and an Event says what was not done', async () => {
    const rack = await aRack({ servers: 1 });
    const { world } = rack;
    await rack.enroll([1]);
    await rack.hostIs('srv-01', 'available', 900);
    await world.api.patch(SecretKind, secretOf('srv-01'), { metadata: { finalizers: null, ownerReferences: null } });
    await world.api.delete(SecretKind, secretOf('srv-01'));
    await world.api.delete(BareMetalHostInventoryKind, { namespace, name: 'srv-01' });
    await world.until(
      'the host is gone',
      async () => (await world.find(BareMetalHostKind, { namespace, name: 'srv-01' })) === undefined,
      400,
    );
    expect((await rack.events('NotPoweredOff')).map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /may still be on: The account of the BMC is not known: Secret srv-01-bmc-password does not exist/,
      ),
    ]);
    await rack.close();
  });
});
