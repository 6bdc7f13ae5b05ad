import { beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigMapKind, type Job } from '@keelson/api';
import { anObject } from '../../../../lab/src/workloads/simulated-cluster.fixtures.js';
import { aSimulatedOpenStack, type SimulatedOpenStack } from '../../../../lab/src/openstack/openstack.fixtures.js';
import { askMembersOver } from '../../../src/ovn/member-report.js';
import { databaseHealth } from '../../../src/ovn/ovn.health.js';
import { planOvn } from '../../../src/ovn/ovn.plan.js';
import type { OvnDatabase } from '../../../src/ovn/ovn.world.js';
import { endedJob, refillTemplate } from '../../../src/ovn/refill.fixtures.js';

const namespace = 'openstack';
const names = [0, 1, 2].map((n) => `ovn-ovsdb-nb-${n}`);
let cloud: SimulatedOpenStack;
let refilling: Job | undefined;

beforeAll(async () => {
  cloud = await aSimulatedOpenStack({ computes: 3, services: [] });
  const labels = { application: 'ovn', component: 'ovn-ovsdb-nb' };
  const pod = { metadata: { labels }, spec: { containers: [{ name: 'ovsdb', image: 'registry/ovn:epoxy-1' }] } };
  const ports = [{ port: 6645 }];
  await cloud.create(
    anObject(
      'apps/v1',
      'StatefulSet',
      { name: 'ovn-ovsdb-nb', namespace },
      {
        replicas: 3,
        serviceName: 'ovn-ovsdb-nb',
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: labels },
        template: pod,
      },
    ),
    ...names.map((name) => anObject('v1', 'Service', { name, namespace }, { selector: labels, ports })),
  );
  await cloud.pass(60);
});

async function database(): Promise<OvnDatabase> {
  const ask = askMembersOver(cloud.http);
  return {
    side: 'nb',
    members: await Promise.all(names.map(async (name) => ({ name, report: await ask('nb', name) }))),
  };
}

/** One pass of what the reconciler does. */
async function pass(): Promise<string> {
  const data = (await cloud.api.get(ConfigMapKind, { namespace, name: 'ovn-ovsdb-state' }))?.data ?? {};
  const asked = { rebuildAsked: undefined, compactAsked: undefined, refillAsked: undefined };
  const base = { namespace, ...asked, refill: { template: refillTemplate, job: refilling } };
  const { steps, outcome } = planOvn({ ...base, now: cloud.clock.now(), databases: [await database()], data });
  for (const step of steps) {
    if (step.type === 'operate') {
      refilling = endedJob(step.job, 'Complete', cloud.clock.now());
      continue;
    }
    await cloud.api.remove(ConfigMapKind, { namespace, name: 'ovn-ovsdb-state' });
    const metadata = { name: 'ovn-ovsdb-state', namespace };
    await cloud.api.create(ConfigMapKind, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { ...step.data } });
  }
  return 'message' in outcome ? (outcome.message ?? '') : outcome.type;
}

describe('databases of OVN in the lab', () => {
  it('are well, lose their majority, and begin anew from the member that has its data', async () => {
    expect(databaseHealth(await database())).toMatchObject({ finding: 'Ready' });
    expect(await pass()).toContain('the northbound database is the cluster ');
    expect(await pass()).toBe('settled');
    cloud.faults.inject({
      kind: 'ovnDataLost',
      servers: ['ovn-ovsdb-nb-0', 'ovn-ovsdb-nb-1'],
      from: cloud.clock.now(),
    });
    expect(databaseHealth(await database()).message).toContain(
      'has no leader and takes no changes; ovn-ovsdb-nb-0 is joining',
    );
    expect([await pass(), await pass()]).toEqual([
      'the northbound database has no leader',
      'the northbound database has no leader; an election may end that',
    ]);
    await cloud.pass(200);
    expect([await pass(), await pass(), await pass()]).toEqual([
      'the northbound database begins anew from the data of ovn-ovsdb-nb-2',
      'the northbound database has a leader',
      expect.stringContaining('the northbound database is the cluster '),
    ]);
    expect([await pass(), await pass(), await pass()]).toEqual([
      expect.stringContaining("Neutron's networks are written into the northbound database: waits for Job "),
      expect.stringContaining("has written Neutron's networks into the northbound database"),
      'settled',
    ]);
    expect(databaseHealth(await database())).toMatchObject({ finding: 'Ready' });
  });
});
