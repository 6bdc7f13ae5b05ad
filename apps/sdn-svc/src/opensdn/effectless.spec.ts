import { expect, it } from '@jest/globals';
import type { TFOperator } from '@keelson/api';
import { effectless } from './effectless.js';
import { anOpenSdn } from './opensdn.fixtures.js';
import { renderOpenSdn } from './render.js';

function warnings(spec: Partial<TFOperator['spec']>, membersBefore = 0): readonly string[] {
  const sdn = anOpenSdn(spec, { membersBefore });
  return effectless(sdn, renderOpenSdn(sdn));
}
const variables = (container: string): Record<string, { env: { name: string; value: string }[] }> => ({
  [container]: { env: [{ name: 'A', value: 'b' }] },
});

it('says nothing of a spec that is all in effect', () => {
  expect(warnings({})).toEqual([]);
  expect(
    warnings({
      devOptions: { imageList: { 'opensdn-vrouter-agent': 'mine/agent:1', redis: 'mine/redis:1' } },
      features: { cassandra: { replicas: 3 } },
      services: {
        config: { envSettings: variables('device-mgr') },
        vRouter: { envSettings: variables('kernel-init'), resources: { provisioner: { limits: { memory: '1Gi' } } } },
      },
    }),
  ).toEqual([]);
});

it.each<[Partial<TFOperator['spec']>, string]>([
  [
    { services: { webUI: { envSettings: variables('agnet') } } },
    'spec.services.webUI.envSettings.agnet names no container: there are job, redis, web.',
  ],
  [
    { services: { control: { resources: { bgp: { limits: { cpu: '1' } } } } } },
    'spec.services.control.resources.bgp names no container: there are control, dns, named, provisioner.',
  ],
  [
    { devOptions: { imageList: { agent: 'mine/agent:1' } } },
    'spec.devOptions.imageList.agent is the image of no container.',
  ],
  [
    { features: { cassandra: { replicas: 5 } } },
    'spec.features.cassandra.replicas is 5 and 3 members run: there are nodes with tfconfigdb=enabled for no more.',
  ],
  [
    { nodes: { b: { labels: { name: 'tfvrouter', value: 'enabled' } } } },
    'spec.nodes.b has no nodeVRouter: its nodes are as all others.',
  ],
  [
    { nodes: { b: { labels: { name: 'rack', value: 'b' }, nodeVRouter: { enabled: true } } } },
    'spec.nodes.b is of nodes with rack=b, and no node with a vRouter has that label.',
  ],
  [
    { devOptions: { cassandraDriver: 'thrift' } },
    'spec.devOptions.cassandraDriver is thrift, which Cassandra 4 does not speak: services use cql.',
  ],
  [
    { features: { control: { controlInterface: 'ctl' } } },
    'spec.features.control.controlInterface is read by no container: control nodes listen at their internal addresses. Give their addresses on that interface as CONTROL_NODES, and as DNS_NODES, in the envSettings of every container of control and vRouter.',
  ],
  [
    { services: { analytics: { enabled: true } } },
    'spec.services.analytics.enabled is true and no node has tfanalytics=enabled: analytics runs nowhere.',
  ],
  [
    { services: { analytics: { cassandra: { resources: { limits: { cpu: '8' } } } } } },
    'spec.services.analytics.cassandra changes nothing: analytics has no database of its own here, and keeps no history.',
  ],
  [
    { services: { config: { cassandra: { configOptions: { seed_provider: [], num_tokens: 16 } } } } },
    'spec.services.config.cassandra.configOptions.seed_provider is left out: options are names as in cassandra.yaml, each with a text, a number or a truth value.',
  ],
])('names what changes nothing: %j', (spec, warning) => {
  expect(warnings(spec)).toEqual([warning]);
});

it('says that members of databases stay', () => {
  expect(warnings({ features: { cassandra: { replicas: 1 } } }, 3)).toEqual([
    'spec.features.cassandra.replicas is 1 and 3 members run: members are never taken away.',
  ]);
});

it('names cards with virtual functions that are in no physical network', () => {
  const nics = [{ device: 'ens1', num_vfs: 4 }];
  const nodes = JSON.stringify({ 'nic::fast': { sriov: { enabled: true, nics } } });
  const sdn = anOpenSdn({}, { access: { ...anOpenSdn().access, nodes } });
  expect(effectless(sdn, renderOpenSdn(sdn))).toEqual([
    'spec.nodes.nic::fast.features.neutron.sriov of the OpenStackDeployment names ens1 without a physnet: it is left out, name its physical network.',
  ]);
});
