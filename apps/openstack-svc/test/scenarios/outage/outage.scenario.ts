import { afterEach, describe, expect, it } from '@jest/globals';
import {
  apiVersionOf,
  type KubeObject,
  NodeDisableNotificationKind,
  NodeKind,
  NodeOutageKind,
  PodKind,
  StatefulSetKind,
} from '@keelson/api';
import { baremetalRequests, type PowerAnswer } from '@keelson/contracts';
import { eachCallFailing, hermeticCluster, type HermeticCluster, type HermeticOptions } from '@keelson/testing';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { outageReconciler } from '../../../src/outage/outage.reconciler.js';
import { outagesReconciler } from '../../../src/outage/outages.reconciler.js';
import { podsOver } from '../../../src/outage/pods.js';
import { askPowerOver, powerOver } from '../../../src/outage/power.js';

let opened: HermeticCluster | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

const nodes = ['n1', 'n2', 'n3'];
const role = { 'openstack-control-plane': 'enabled' };

const template = {
  metadata: { labels: { app: 'db' } },
  spec: { containers: [{ name: 'main', image: 'registry/mariadb:1' }] },
};
const setKey = { namespace: 'openstack', name: 'mariadb-server' };
const set: KubeObject & { spec: object } = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { ...setKey, labels: { application: 'mariadb' } },
  spec: { replicas: 3, selector: { matchLabels: { app: 'db' } }, template },
};

const setOwner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'mariadb-server', controller: true };

/** Three controllers without a kubelet, a member of a set on the first; no compute, so that no cloud is asked. */
async function aCluster(options: HermeticOptions = {}): Promise<HermeticCluster> {
  const cluster = (opened = await hermeticCluster({ ...options, profile: 'child' }));
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'openstack' } });
  for (const name of nodes) {
    await cluster.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels: role } });
    await ready(cluster, name, true);
  }
  await cluster.apply(aDeployment(), set);
  const { metadata } = await cluster.report(StatefulSetKind, setKey, { replicas: 3, readyReplicas: 2 });
  const owner = { ...setOwner, uid: metadata.uid ?? '' };
  const pod: KubeObject & { spec: object } = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'openstack', name: 'mariadb-server-0', ownerReferences: [owner] },
    spec: { nodeName: 'n1', ...template.spec },
  };
  await cluster.api.create(pod);
  const ports = {
    podsOn: podsOver(cluster.api),
    powerOf: powerOver(askPowerOver(cluster.bus, { namespace: 'demo', name: 'first' }), cluster.clock),
    recoveryOf: () => {
      throw new Error('no cloud is asked here');
    },
  };
  await cluster.run('openstack-svc', [outagesReconciler(), outageReconciler(ports)]);
  return cluster;
}

async function ready(cluster: HermeticCluster, name: string, is: boolean): Promise<void> {
  const lastTransitionTime = new Date(cluster.clock.now()).toISOString();
  const condition = { type: 'Ready', status: is ? 'True' : 'Unknown', lastTransitionTime };
  await cluster.api.patch(NodeKind, { name }, { status: { conditions: [condition] } }, { subresource: 'status' });
}

const disabled: KubeObject & { spec: object } = {
  apiVersion: apiVersionOf(NodeDisableNotificationKind),
  kind: NodeDisableNotificationKind.kind,
  metadata: { name: 'n1' },
  spec: { nodeName: 'n1' },
};
const outageOf = async (cluster: HermeticCluster, name = 'n1') =>
  (await cluster.find(NodeOutageKind, { name }))?.status;
const member = (cluster: HermeticCluster) =>
  cluster.find(PodKind, { namespace: 'openstack', name: 'mariadb-server-0' });

describe('a node that does not answer', () => {
  it('keeps its pods until it is shown to be down, told by why, and is forgotten when it is back; whatever fails', async () => {
    const played = await eachCallFailing(
      async (options) => {
        const cluster = await aCluster(options);
        await ready(cluster, 'n1', false);
        await cluster.until(
          'its pod cannot end',
          async () => (await outageOf(cluster))?.progress?.reason === 'NotConfirmed',
          300,
        );
        expect((await member(cluster))?.metadata.deletionTimestamp).toBeDefined();
        await cluster.apply(disabled);
        await cluster.until(
          'nothing is left to do',
          async () => (await outageOf(cluster))?.progress?.state === 'Down',
          300,
        );
        expect([await member(cluster), (await outageOf(cluster))?.podsLeft]).toEqual([undefined, 0]);
        await ready(cluster, 'n1', true);
        await cluster.until('it is forgotten', async () => (await outageOf(cluster)) === undefined, 300);
        await cluster.close();
        opened = undefined;
        return cluster;
      },
      ['crashAfter'],
    );
    expect(played).toBeGreaterThan(5);
  });

  it.each(['mariadb', 'ovn'])('does not lose a member of %s whose others are no majority', async (application) => {
    const cluster = await aCluster();
    await cluster.apply({ ...set, metadata: { ...setKey, labels: { application } } });
    await cluster.apply(disabled);
    await cluster.report(StatefulSetKind, setKey, { replicas: 3, readyReplicas: 1 });
    await ready(cluster, 'n1', false);
    await cluster.until('it is told', async () => (await outageOf(cluster))?.progress?.reason === 'QuorumAtRisk', 300);
    await cluster.advance(60);
    expect(await member(cluster)).toBeDefined();
    await cluster.report(StatefulSetKind, setKey, { replicas: 3, readyReplicas: 2 });
    await cluster.until('it is removed', async () => (await member(cluster)) === undefined, 60);
  });

  it('is left alone, as are its likes, while most nodes are away', async () => {
    const cluster = await aCluster();
    for (const name of ['n1', 'n2']) await ready(cluster, name, false);
    await cluster.until('it is told', async () => (await outageOf(cluster))?.progress?.reason === 'MostNodesAway', 300);
    await cluster.advance(600);
    expect((await member(cluster))?.metadata.deletionTimestamp).toBeUndefined();
    await ready(cluster, 'n2', true);
    await cluster.until(
      'its pod is told to end',
      async () => (await outageOf(cluster))?.progress?.reason === 'NotConfirmed',
      60,
    );
    expect(await outageOf(cluster, 'n2')).toBeUndefined();
  });
});

const answers = {
  on: { power: 'On', staysOff: false, message: 'the BMC of BareMetalHost demo/srv-01 says On' },
  comesBack: {
    power: 'Off',
    staysOff: false,
    message: 'BareMetalHost demo/srv-01 is off, but will be switched on again',
  },
  off: { power: 'Off', staysOff: true, message: 'the BMC of BareMetalHost demo/srv-01 says Off' },
} as const satisfies Record<string, PowerAnswer>;

/** As baremetal-svc: asked about nodes it says the same of each, or nothing at all. */
async function bmcs(cluster: HermeticCluster): Promise<{ says: PowerAnswer | undefined; readonly asked: string[] }> {
  const bmc: Awaited<ReturnType<typeof bmcs>> = { says: answers.on, asked: [] };
  await cluster.bus.respond(baremetalRequests.host.power, ({ namespace, cluster: name, node }) => {
    bmc.asked.push(`${namespace}/${name} ${node}`);
    return bmc.says === undefined ? new Promise(() => undefined) : Promise.resolve(bmc.says);
  });
  return bmc;
}

describe('the power of a node that does not answer', () => {
  const messageOf = async (cluster: HermeticCluster) => (await outageOf(cluster))?.progress?.message;

  it('frees its pods when it is off for good, and only then; its BMC is asked four times a minute at most', async () => {
    const cluster = await aCluster();
    const bmc = await bmcs(cluster);
    await ready(cluster, 'n1', false);
    await cluster.advance(115);
    expect(bmc.asked).toEqual([]);
    for (const [says, why] of [
      [
        answers.on,
        /off for good: the BMC of BareMetalHost demo\/srv-01 says On\. Set online: false on its BareMetalHost/,
      ],
      [
        answers.comesBack,
        /off for good: BareMetalHost demo\/srv-01 is off, but will be switched on again\. Set online: /,
      ],
      [
        undefined,
        /off for good: baremetal-svc does not tell of its server: .* Set online: false on its BareMetalHostInv/,
      ],
    ] as const) {
      bmc.says = says;
      const asked = bmc.asked.length;
      await cluster.advance(120);
      expect([await member(cluster), await messageOf(cluster)]).toEqual([
        expect.anything(),
        expect.stringMatching(why),
      ]);
      expect(bmc.asked.length - asked).toBeGreaterThan(2);
      expect(bmc.asked.length - asked).toBeLessThanOrEqual(9);
    }
    bmc.says = answers.off;
    await cluster.until('its pod is gone', async () => (await member(cluster)) === undefined, 60);
    await cluster.advance(30);
    expect(await outageOf(cluster)).toMatchObject({ state: 'Down', podsLeft: 0, witness: answers.off.message });
    expect(new Set(bmc.asked)).toEqual(new Set(['demo/first n1']));
  });

  it('is not asked where there is another witness', async () => {
    const cluster = await aCluster();
    const bmc = await bmcs(cluster);
    await cluster.apply(disabled);
    await ready(cluster, 'n1', false);
    await cluster.until('its pod is gone', async () => (await member(cluster)) === undefined, 300);
    await cluster.advance(300);
    expect(bmc.asked).toEqual([]);
  });

  it('shows one by one that most nodes are down', async () => {
    const cluster = await aCluster();
    const bmc = await bmcs(cluster);
    for (const name of ['n1', 'n2']) await ready(cluster, name, false);
    await cluster.until('it is told', async () => (await outageOf(cluster))?.progress?.reason === 'MostNodesAway', 300);
    bmc.says = answers.off;
    await cluster.until('its pod is gone', async () => (await member(cluster)) === undefined, 120);
  });
});
