import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  apiVersionOf,
  ConfigMapKind,
  EventKind,
  type Job,
  JobKind,
  type KubeObject,
  StatefulSetKind,
} from '@keelson/api';
import { type HermeticCluster, hermeticCluster } from '@keelson/testing';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import type { MemberReport } from '../../../src/ovn/member-report.js';
import { ovnReconciler } from '../../../src/ovn/ovn.reconciler.js';
import { endStatus, refillTemplate } from '../../../src/ovn/refill.fixtures.js';
import { LatestChecks } from '../../../src/probes/latest.js';
import { inClusters } from '../../../src/reconcilers.js';
import { cloudKey } from '../cloud-world.js';

const namespace = 'openstack';
const jobKey = { namespace, name: 'neutron-ovn-db-refill' };
const rebuild = 'keelson.dev/ovn-rebuild';
const latest = new LatestChecks(() => true);
let cluster: HermeticCluster;
/** Which cluster the only member of the northbound database leads; undefined when it has no data. Simulated. */
let leads: string | undefined = 'first';

function report(): MemberReport {
  const none = { ordered: undefined, compactOrdered: undefined };
  if (leads === undefined) return { raft: undefined, bytes: undefined, ...none };
  const servers = [{ id: 'b7ed', address: 'tcp:ovn-ovsdb-nb-0.ovn:6643', hasEntry: 5, silentMs: 0 }];
  const raft = { cluster: leads, server: 'b7ed', standing: 'cluster member', role: 'leader', term: 1, lastEntry: 5 };
  return { raft: { ...raft, hasLeader: true, servers }, bytes: 9, ...none };
}

beforeAll(async () => {
  cluster = await hermeticCluster({ profile: 'child', kinds: inClusters.kinds });
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await cluster.run('openstack-svc', [ovnReconciler({ askMember: () => Promise.resolve(report()), latest })]);
  const labels = { a: 'b' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const set: KubeObject & { spec: object } = {
    apiVersion: apiVersionOf(StatefulSetKind),
    kind: StatefulSetKind.kind,
    metadata: { namespace, name: 'ovn-ovsdb-nb' },
    spec: { replicas: 1, serviceName: 'ovn-ovsdb-nb', selector: { matchLabels: labels }, template },
  };
  await cluster.apply(aDeployment(), set, refillTemplate);
  await cluster.report(StatefulSetKind, set.metadata, { replicas: 1, observedGeneration: 1 });
});
afterAll(() => cluster.close());

const orders = async () => (await cluster.find(ConfigMapKind, { namespace, name: 'ovn-ovsdb-state' }))?.data ?? {};
const noted = (key: string) => cluster.until(`${key} is noted`, async () => (await orders())[key] !== undefined, 900);
const job = () => cluster.find<Job>(JobKind, jobKey);
const told = async (reason: string) =>
  (await cluster.api.list(EventKind)).items.filter((event) => event.reason === reason).map(({ message }) => message);
const health = () => latest.of(cloudKey, cluster.clock.now())?.[0];
const ends = (type: 'Complete' | 'Failed') => cluster.report(JobKind, jobKey, endStatus(type, cluster.clock.now()));

async function loses(text: string): Promise<void> {
  leads = undefined;
  await noted('nb.down-since');
  const cloud = aDeployment();
  await cluster.apply({ ...cloud, metadata: { ...cloud.metadata, annotations: { [rebuild]: text } } });
  await noted('nb');
}

describe('a northbound database that begins with nothing', () => {
  it('is left alone while it is the first, and not filled while nobody serves it', async () => {
    await noted('nb.cluster');
    await cluster.advance(120);
    expect([await orders(), await job()]).toEqual([{ 'nb.cluster': 'first' }, undefined]);
    await loses('nb');
    await cluster.advance(300);
    expect((await orders())['nb.refill']).toBe((await orders())['nb']?.split(' ')[0]);
    expect(await job()).toBeUndefined();
  });

  it('is told by name when its Job fails, and filled by the next one, once', async () => {
    leads = 'second';
    await cluster.until('its Job is made', async () => (await job()) !== undefined);
    const first = await job();
    expect(health()).toMatchObject({ component: 'check-northbound', finding: 'Unhealthy' });
    await ends('Failed');
    await noted('nb.refill-after');
    expect(await orders()).toMatchObject({ 'nb.refill-try': '2' });
    await cluster.until('it is told', async () => (await told('RefillFailed')).length > 0);
    expect((await told('RefillFailed'))[0]).toContain(
      "Job openstack/neutron-ovn-db-refill, by which Neutron's networks are written into the northbound database, failed (1 of 6 times): its pods could not log in",
    );
    await cluster.advance(120);
    expect((await job())?.metadata.uid).toBe(first?.metadata.uid);
    await cluster.until('it is run again', async () => (await job())?.metadata.uid !== first?.metadata.uid, 600);
    const second = await job();
    await ends('Complete');
    await noted('nb.refilled');
    await cluster.advance(7200);
    expect((await job())?.metadata.uid).toBe(second?.metadata.uid);
    const { nb, 'nb.refill': refill, ...rest } = await orders();
    expect(refill).toBe(nb?.split(' ')[0]);
    expect(rest).toEqual({ 'nb.asked': 'nb', 'nb.cluster': 'second', 'nb.refilled': refill });
    expect(health()).toMatchObject({ component: 'check-northbound', finding: 'Ready' });
  });
});
