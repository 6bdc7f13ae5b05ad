import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../../cloud/cloud.fixtures.js';

const of = (neutron: Readonly<Record<string, unknown>>, openstack_version = 'epoxy') =>
  renderedService('networking', aSpec({ openstack_version, features: { neutron } }));
const workloads = (service: ReturnType<typeof of>) =>
  service.stages
    .flatMap(({ objects }) => objects)
    .filter(({ kind }) => ['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind))
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`);

describe('networking', () => {
  test('Open vSwitch: agents on gateways, on computes only what switches', () => {
    expect(workloads(of({}))).toEqual([
      'DaemonSet/openvswitch-openvswitch-db-default',
      'DaemonSet/openvswitch-openvswitch-vswitchd-default',
      'Deployment/neutron-server',
      'DaemonSet/neutron-ovs-agent-default',
      'DaemonSet/neutron-l3-agent-default',
      'DaemonSet/neutron-dhcp-agent-default',
      'DaemonSet/neutron-metadata-agent-default',
    ]);
  });

  test('distributed routers route on computes too', () => {
    expect(workloads(of({ dvr: { enabled: true } }))).toContain('DaemonSet/neutron-l3-agent-dvr-default');
  });

  test('OVN: databases before northd, the API on every controller, a controller on every node', () => {
    expect(workloads(of({ backend: 'ml2/ovn' }))).toEqual([
      'DaemonSet/openvswitch-openvswitch-db-default',
      'DaemonSet/openvswitch-openvswitch-vswitchd-default',
      'StatefulSet/ovn-ovsdb-nb',
      'StatefulSet/ovn-ovsdb-sb',
      'Deployment/ovn-northd',
      'DaemonSet/neutron-server-default',
      'DaemonSet/ovn-controller-default',
      'DaemonSet/ovn-controller-gateway-default',
      'DaemonSet/neutron-ovn-metadata-agent-default',
    ]);
  });

  test('OVN: each member has a Service whose address stays, and what is written in Python is given addresses', () => {
    const objects = of({ backend: 'ml2/ovn' }).stages.flatMap((stage) => stage.objects);
    const member = objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'ovn-ovsdb-nb-0');
    expect(member).toMatchObject({ spec: { selector: { 'statefulset.kubernetes.io/pod-name': 'ovn-ovsdb-nb-0' } } });
    const commands = JSON.stringify(objects).match(/"command":\["\/opt\/keelson\/bin\/ovn-addresses.sh","[a-z-]+"/gu);
    expect(commands?.map((text) => text.split('"').at(-2))).toEqual(['neutron-server', 'neutron-ovn-metadata-agent']);
  });

  test("directories of the node become the project's own before its processes start", () => {
    expect(JSON.stringify(of({ backend: 'ml2/ovn' }))).toContain(
      '"command":["install","-d","-o","neutron","-g","neutron","-m","0755","/var/lib/neutron","/var/lib/neutron/tmp"]',
    );
  });

  test('bridges are in user space where raw values say so', () => {
    const values = {
      conf: { openvswitch: { datapath_type: 'netdev', other_config: { 'userspace-tso-enable': true } } },
    };
    const spec = {
      features: { neutron: { backend: 'ml2/ovn' } },
      services: { networking: { openvswitch: { values } } },
    };
    const text = JSON.stringify(renderedService('networking', aSpec(spec)));
    expect(text).toContain('{"name":"DATAPATH","value":"netdev"}');
    expect(text).toContain('{"name":"OTHER_CONFIG","value":"userspace-tso-enable=true"}');
    expect(text).toContain('{"name":"NEEDS_MODULE","value":"no"}');
  });

  test('gazpacho splits the server', () => {
    expect(workloads(of({ backend: 'ml2/ovn' }, 'gazpacho'))).toEqual(
      expect.arrayContaining(['Deployment/neutron-rpc-server', 'Deployment/neutron-ovn-maintenance-worker']),
    );
  });

  test('OpenSDN brings its own agents', () => {
    const service = of({ backend: 'tungstenfabric' });
    expect(workloads(service)).toEqual(['Deployment/neutron-server']);
    expect(fileOf(service, 'neutron-etc', 'ContrailPlugin.ini').parsed).toMatchObject({
      APISERVER: { api_server_ip: 'tf-config-api.tf.svc.cluster.local' },
    });
  });

  test('external networks are mapped, and their VLANs offered', () => {
    const external_networks = [
      {
        physnet: 'physnet1',
        bridge: 'br-ex',
        interface: 'ens4',
        network_types: ['flat', 'vlan'],
        vlan_ranges: '100:200',
        mtu: 9000,
      },
    ];
    const service = of({ external_networks });
    expect(fileOf(service, 'neutron-etc', 'ml2_conf.ini').parsed).toMatchObject({
      ml2: { physical_network_mtus: ['physnet1:9000'] },
      ml2_type_vlan: { network_vlan_ranges: ['physnet1:100:200'] },
    });
    expect(fileOf(service, 'neutron-ovs-agent-etc', 'openvswitch_agent.ini').parsed).toMatchObject({
      ovs: { bridge_mappings: ['physnet1:br-ex'] },
    });
  });

  test('SR-IOV has an agent where there are cards, and a driver in the server', () => {
    const sriov = { enabled: true, nics: [{ device: 'ens5', num_vfs: 8, physnet: 'physnet2' }] };
    const service = renderedService(
      'networking',
      aSpec({ nodes: { 'rack::a': { features: { neutron: { sriov } } } } }),
    );
    expect(workloads(service).filter((name) => name.includes('sriov'))).toEqual(['DaemonSet/neutron-sriov-agent-a']);
    expect(fileOf(service, 'neutron-etc', 'ml2_conf.ini').parsed).toMatchObject({
      ml2: { mechanism_drivers: ['openvswitch', 'l2population', 'sriovnicswitch'] },
    });
    expect(fileOf(service, 'neutron-sriov-agent-etc-a', 'sriov_agent.ini').parsed).toMatchObject({
      sriov_nic: { physical_device_mappings: ['physnet2:ens5'] },
    });
  });

  test('the floating network is made when it is asked for', () => {
    const subnet = { range: '198.51.100.0/24', gateway: '198.51.100.1' };
    const stages = of({ floating_network: { enabled: true, subnet } }).stages;
    expect(stages.at(-1)).toMatchObject({
      name: 'bootstrap',
      until: 'complete',
      objects: [{ metadata: { name: 'neutron-bootstrap' } }],
    });
    expect(JSON.stringify(stages)).toContain('openstack network create --external --share');
  });
});
