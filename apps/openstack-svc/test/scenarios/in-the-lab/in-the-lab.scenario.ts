import { beforeAll, describe, expect, it } from '@jest/globals';
import { NodeKind, type Pod, PodKind, SecretKind } from '@keelson/api';
import { entranceSecretName, textIn } from '@keelson/mosk';
import {
  type SimulatedOpenStack,
  aSimulatedOpenStack,
  login,
  namespace,
} from '../../../../lab/src/openstack/openstack.fixtures.js';
import { JobKind } from '../../../../lab/src/workloads/kinds.js';
import { IngressKind, passwordsOf } from '../../../../lab/src/openstack/catalog.js';
import { aSpec, rendered } from '../../../src/cloud/cloud.fixtures.js';
import type { Checked } from '../../../src/probes/check.js';
import { declaredIn, type Facts } from '../../../src/probes/facts.js';
import { cloudApisOver } from '../../../src/probes/cloud-apis.js';
import { cloudServices } from '../../../src/services/index.js';

const control = { 'openstack-control-plane': 'enabled', 'openstack-gateway': 'enabled', openvswitch: 'enabled' };
const compute = { 'openstack-compute-node': 'enabled', openvswitch: 'enabled' };

/** All that is rendered, applied in the order of its stages with time enough for each, on three and three nodes. */
async function theWholeCloud(): Promise<SimulatedOpenStack> {
  const cloud = await aSimulatedOpenStack({ computes: 0, services: [], serversPerCompute: 2 });
  for (const n of [1, 2, 3]) {
    await cloud.addNode(`control-${n}`, control);
    await cloud.addNode(`compute-${n}`, compute);
  }
  await cloud.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'openstack-external' } });
  for (const stage of rendered(aSpec()).flatMap(({ stages }) => stages)) {
    for (const object of stage.objects) await cloud.kube.apply(object, { fieldManager: 'openstack-svc', force: true });
    await cloud.pass(90);
  }
  await cloud.pass(300);
  return cloud;
}

const isUp = ({ status }: Pod): boolean =>
  status?.phase === 'Succeeded' ||
  status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;

describe('the core preset in a simulated cluster', () => {
  let cloud: SimulatedOpenStack;
  beforeAll(async () => {
    cloud = await theWholeCloud();
  });

  it('has every pod running or completed: selectors, affinities, tolerations, claims and names fit', async () => {
    const pods = (await cloud.kube.list(PodKind, { namespace })).items;
    expect(pods.length).toBeGreaterThan(80);
    expect(pods.filter((pod) => !isUp(pod)).map(({ metadata }) => metadata.name)).toEqual([]);
  });

  it('answers where its probes ask', async () => {
    const services = new Set(rendered(aSpec()).map(({ service }) => service));
    // The lab stands in for APIs; the dashboard, a page with nothing further to ask, it does not have.
    const probes = cloudServices.flatMap(({ name, probe }) =>
      services.has(name) && probe !== undefined && probe.checks.length > 0 ? [probe] : [],
    );
    expect(probes.length).toBeGreaterThan(4);
    for (const probe of probes) {
      const url = `https://${probe.host}.${namespace}.svc.cluster.local:${probe.port}${probe.path}`;
      const { status } = await cloud.http({ method: 'GET', url, timeoutMs: 1_000 });
      expect([url, probe.accepts.includes(status)]).toEqual([url, true]);
    }
  });

  it('is found well by all that is asked of its APIs, and sick where it is', async () => {
    const [[username, passwords] = ['', new Set('')]] = (await passwordsOf(cloud.api)) ?? [];
    const entrance = await cloud.kube.get(SecretKind, { namespace, name: entranceSecretName });
    const told = (key: string): string => textIn(entrance, key) ?? '';
    const signIn = { authUrl: told('auth_url'), project: told('project_name') };
    const credential = { username, password: [...passwords][0] ?? '', ...signIn };
    const services = new Set(rendered(aSpec()).map(({ service }) => service));
    const nodes = new Set((await cloud.kube.list(NodeKind)).items.map(({ metadata }) => metadata.name));
    const computes = new Set([...nodes].filter((name) => name.startsWith('compute-')));
    const secrets = (await cloud.kube.list(SecretKind, { namespace })).items;
    const well: Facts = { nodes, released: new Set(), computes, ...declaredIn(secrets) };
    const ask = async (facts: Facts) => {
      const apis = cloudApisOver(cloud.http);
      const asked = cloudServices.filter(({ name }) => services.has(name));
      const all: Checked[] = [];
      for (const service of asked) all.push(...(await apis.ask(service, credential, facts)));
      return all;
    };
    const all = await ask(well);
    expect([all.length > 10, well.claims.length > 4]).toEqual([true, true]);
    expect(all.filter(({ finding }) => finding !== 'Ready')).toEqual([]);
    const hosts = all.flatMap(({ application, processes = [] }) =>
      application === 'nova' ? processes.flatMap(({ what, node }) => (what === 'nova-compute' ? [node] : [])) : [],
    );
    expect(new Set(hosts)).toEqual(computes);
    cloud.faults.inject({ kind: 'openstackApiFails', servers: ['glance'], from: cloud.clock.now() });
    const sick = async (facts: Facts) => (await ask(facts)).filter(({ finding }) => finding !== 'Ready');
    const glance = {
      application: 'glance',
      component: 'check-alive',
      finding: 'Unhealthy',
      message: 'glance-api answers 500',
    };
    expect(await sick(well)).toEqual([glance]);
    // keystone forgets what this Job registered, and a node that nova has never heard of is to be a compute.
    await cloud.api.remove(JobKind, { namespace, name: 'nova-ks-endpoints' });
    const ingresses = await cloud.api.list(IngressKind, namespace);
    const own = ingresses.filter(({ spec }) => spec?.rules?.some(({ host }) => host?.startsWith('nova.')));
    for (const { metadata } of own) await cloud.api.remove(IngressKind, metadata);
    const complaints = await sick({ ...well, computes: new Set([...computes, 'compute-9']) });
    expect(complaints.map(({ component, message }) => `${component}: ${message}`)).toEqual([
      'check-catalogue: not as it is to be: no public endpoint of nova',
      'check-alive: glance-api answers 500',
      'check-hypervisors: missing: nova-compute on compute-9',
    ]);
  });

  it('lets its administrator in, and shows computes and agents up', async () => {
    const [[user, passwords] = ['', new Set('')]] = (await passwordsOf(cloud.api)) ?? [];
    const signIn = (password: string) => cloud.ask('POST', 'keystone-api/v3/auth/tokens', login(user, password));
    expect([(await signIn('wrong')).status, (await signIn([...passwords][0] ?? '')).status]).toEqual([401, 201]);
    const { services } = (await cloud.ask('GET', 'nova-api/v2.1/os-services?binary=nova-compute')).body;
    expect(services.map((row: { host: string; state: string }) => `${row.host} ${row.state}`)).toEqual([
      'compute-1 up',
      'compute-2 up',
      'compute-3 up',
    ]);
    expect((await cloud.ask('GET', 'nova-api/v2.1/servers?all_tenants=1')).body.servers).toHaveLength(6);
    const { agents } = (await cloud.ask('GET', 'neutron-server/v2.0/agents')).body;
    expect([agents.length > 6, agents.every((agent: { alive: boolean }) => agent.alive)]).toEqual([true, true]);
  });
});
