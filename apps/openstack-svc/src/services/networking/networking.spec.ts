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
    const programs = commands?.map((text) => text.split('"').at(-2));
    // The shell is that of the Job that fills the northbound database.
    expect(programs).toEqual(['sh', 'neutron-server', 'neutron-ovn-metadata-agent']);
  });

  test('OVN: what fills the northbound database reads the files of the server, repairs, and never runs by the clock', () => {
    const fillersOf = (backend: string) =>
      of({ backend })
        .stages.flatMap((stage) => stage.objects)
        .filter(({ metadata }) => metadata.name === 'neutron-ovn-db-refill');
    const [filler] = fillersOf('ml2/ovn');
    expect(filler).toMatchObject({ kind: 'CronJob', spec: { suspend: true } });
    expect(JSON.stringify(filler)).toContain(
      ['neutron-ovn-db-sync-util', '/etc/neutron/neutron.conf', '/etc/neutron/plugins/ml2/ml2_conf.ini', '/tmp/ovn.ini']
        .join('","--config-file","')
        .concat('","--ovn-neutron_sync_mode","repair"'),
    );
    expect(fillersOf('ml2')).toEqual([]);
  });

  test.each([
    [true, 'physnet1:br-ex physnet2:br-lab'],
    [false, ''],
  ])(
    'OVN: chassis have addresses of their own in physical networks where routers are distributed: %s',
    (enabled, text) => {
      const external_networks = [
        { physnet: 'physnet1', bridge: 'br-ex', network_types: ['vlan'] },
        { physnet: 'physnet2', bridge: 'br-lab', network_types: ['flat'] },
      ];
      const objects = JSON.stringify(of({ backend: 'ml2/ovn', dvr: { enabled }, external_networks }));
      expect(objects.split(`{"name":"CHASSIS_MACS","value":"${text}"}`)).toHaveLength(3);
    },
  );

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
    // By this account the plug-in gets the token that the API of OpenSDN asks for.
    expect(fileOf(service, 'neutron-etc', 'neutron.conf').parsed).toMatchObject({
      keystone_authtoken: {
        auth_type: 'password',
        project_domain_name: 'service',
        user_domain_name: 'service',
        cafile: '/etc/ssl/openstack/internal-ca.crt',
      },
    });
    expect(fileOf(service, 'neutron-keystone-register', 'ks-user.json').parsed).toMatchObject({
      users: [{ domain: 'service', grants: [{ role: 'admin' }, { role: 'service' }] }],
    });
  });

  test.each([
    [true, ['TagPlugin', 'TimeStampPlugin', 'TrunkPlugin']],
    [false, ['TagPlugin', 'TimeStampPlugin']],
  ])('OpenSDN has its own plug-ins and quotas, that for trunks where it is asked for: %s', (enabled, names) => {
    const service = of({ backend: 'tungstenfabric', extensions: { trunk: { enabled } } });
    const found = fileOf(service, 'neutron-etc', 'neutron.conf').parsed as {
      DEFAULT: { service_plugins: readonly string[] };
      quotas: object;
    };
    expect(found.DEFAULT.service_plugins.map((path) => path.split('.').at(-1))).toEqual(names);
    expect(found.quotas).toEqual({
      quota_driver: 'neutron_plugin_contrail.plugins.opencontrail.quota.driver.QuotaDriver',
    });
    expect(fileOf(of({}), 'neutron-etc', 'neutron.conf').text()).not.toContain('quota_driver');
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

  test('virtual functions are made before the agent of SR-IOV starts, with OVN too', () => {
    const nics = [
      { device: 'ens5', num_vfs: 8, physnet: 'physnet2', mtu: 9000, trusted: true },
      { device: 'ens6', num_vfs: 4 },
    ];
    const nodes = { 'rack::a': { features: { neutron: { sriov: { enabled: true, nics } } } } };
    for (const backend of ['ml2', 'ml2/ovn']) {
      const service = renderedService('networking', aSpec({ features: { neutron: { backend } }, nodes }));
      const text = JSON.stringify(service.stages);
      expect(workloads(service)).toContain('DaemonSet/neutron-sriov-agent-a');
      expect(text).toContain('"value":"ens5:8:9000:on ens6:4::"');
      expect(text).toContain('neutron-virtual-functions.sh":');
      expect(fileOf(service, 'neutron-etc', 'neutron.conf').parsed).toMatchObject({ DEFAULT: { rpc_workers: 4 } });
    }
  });

  test.each(['ml2', 'ml2/ovn'])(
    'ports are probed from gateways with %s, and Prometheus is shown how it went',
    (backend) => {
      const service = of({ backend, extensions: { portprober: { enabled: true } } });
      expect(workloads(service)).toContain('DaemonSet/neutron-portprober-agent-default');
      expect(fileOf(service, 'neutron-etc', 'neutron.conf').parsed).toMatchObject({
        DEFAULT: { service_plugins: expect.arrayContaining(['portprober']), rpc_workers: 4 },
      });
      expect(fileOf(service, 'neutron-portprober-agent-etc', 'portprober_agent.ini').parsed).toMatchObject({
        ovs: { ovsdb_connection: 'unix:/run/openvswitch/db.sock' },
        portprober: { num_sync_threads: 4 },
      });
      const text = JSON.stringify(service.stages);
      expect(text).toContain('"0.0.0.0:8000","--wsgi-file","/usr/bin/neutron-portprober-exporter"');
      const services = service.stages.flatMap(({ objects }) => objects).filter(({ kind }) => kind === 'Service');
      expect(services.map(({ metadata }) => metadata.name)).toContain('neutron-portprober-exporter');
      expect(workloads(of({ backend })).join()).not.toContain('portprober');
    },
  );

  test('hooks of a card run before its virtual functions are made and after', () => {
    const hooks = { pre_init: 'ethtool -K "$DEVICE" lro off', init: 'ip link set dev "$DEVICE" vf 0 spoofchk off' };
    const nics = [
      { device: 'ens6', num_vfs: 4 },
      { device: 'ens5', num_vfs: 8, hooks },
    ];
    const nodes = { 'rack::a': { features: { neutron: { sriov: { enabled: true, nics } } } } };
    const agent = renderedService('networking', aSpec({ nodes }))
      .stages.flatMap(({ objects }) => objects)
      .find(({ metadata }) => metadata.name === 'neutron-sriov-agent-a');
    const env = [
      { name: 'DEVICE', value: 'ens5' },
      { name: 'NUM_VFS', value: '8' },
    ];
    const securityContext = { privileged: true, runAsUser: 0 };
    expect(agent).toMatchObject({
      spec: {
        template: {
          spec: {
            initContainers: [
              { name: 'own-directories' },
              { name: 'pre-init-hook-1', command: ['bash', '-ec', hooks.pre_init], env, securityContext },
              { name: 'virtual-functions' },
              { name: 'init-hook-1', command: ['bash', '-ec', hooks.init], env, securityContext },
            ],
          },
        },
      },
    });
  });

  test.each([
    ['ml2', 'neutron-l3-agent', 'ipsec.IPsecVPNDriver', 'l3_agent.ini', 'strongswan_ipsec.StrongSwanDriver'],
    [
      'ml2/ovn',
      'neutron-ovn-vpn-agent',
      'ovn_ipsec.IPsecOvnVPNDriver',
      'ovn_vpn_agent.ini',
      'ovn_ipsec.OvnStrongSwanDriver',
    ],
  ])('VPNs with %s have a provider, and %s with a driver', (backend, agent, provider, file, driver) => {
    const service = of({ backend, extensions: { vpnaas: { enabled: true } } });
    expect(workloads(service)).toContain(`DaemonSet/${agent}-default`);
    expect(fileOf(service, 'neutron-etc', 'neutron.conf').parsed).toMatchObject({
      service_providers: {
        service_provider: {
          repeated: [`VPN:strongswan:neutron_vpnaas.services.vpn.service_drivers.${provider}:default`],
        },
      },
    });
    expect(fileOf(service, `${agent}-etc`, file).parsed).toMatchObject({
      vpnagent: { vpn_device_driver: { repeated: [`neutron_vpnaas.services.vpn.device_drivers.${driver}`] } },
    });
  });

  test('BGP speakers of gateways come with OVN too, which then has messages for them', () => {
    const service = of({ backend: 'ml2/ovn', extensions: { dynamic_routing: { enabled: true } } });
    expect(workloads(service)).toContain('DaemonSet/neutron-bgp-dragent-default');
    expect(fileOf(service, 'neutron-bgp-dragent-etc', 'bgp_dragent.ini').parsed).toMatchObject({
      bgp: { bgp_speaker_driver: expect.stringContaining('OsKenBgpDriver') },
    });
    expect(JSON.stringify(service.stages)).toContain(
      '"command":["/opt/keelson/bin/neutron-bgp-dragent.sh"],"env":[{"name":"ROUTER_ID","value":""}]',
    );
    expect(fileOf(service, 'neutron-etc', 'neutron.conf').parsed).toMatchObject({ DEFAULT: { rpc_workers: 4 } });
    expect(fileOf(of({ backend: 'ml2/ovn' }), 'neutron-etc', 'neutron.conf').parsed).toMatchObject({
      DEFAULT: { rpc_workers: 0 },
    });
  });

  test('a BGP speaker is told the identifier that the operator names for its node', () => {
    const values = { conf: { bgp_dragent: { bgp: { bgp_router_id: '198.51.100.9' } } } };
    const nodes = { 'rack::a': { services: { networking: { neutron: { neutron_bgp_dragent: { values } } } } } };
    const features = { neutron: { extensions: { dynamic_routing: { enabled: true } } } };
    const service = renderedService('networking', aSpec({ features, nodes }));
    expect(workloads(service)).toContain('DaemonSet/neutron-bgp-dragent-a');
    expect(JSON.stringify(service.stages)).toContain('{"name":"ROUTER_ID","value":"198.51.100.9"}');
  });

  test('policies of floating addresses and gateways are put into force by agents of routers', () =>
    expect(fileOf(of({}), 'neutron-l3-agent-etc', 'l3_agent.ini').parsed).toMatchObject({
      AGENT: { extensions: ['port_forwarding', 'fip_qos', 'gateway_ip_qos'] },
    }));

  test('BGP VPNs have a speaker on each compute, with the peers and the system of the spec', () => {
    const bgpvpn = { enabled: true, as_number: 65001, peers: ['192.0.2.1'], control_interface: 'bgp0' };
    const service = of({ tunnel_interface: 'tenant', bgpvpn });
    expect(workloads(service)).toContain('DaemonSet/neutron-bagpipe-bgp-default');
    expect(fileOf(service, 'neutron-bagpipe-bgp-etc', 'bgp.conf').parsed).toMatchObject({
      bgp: { local_address: 'bgp0', peers: ['192.0.2.1'], my_as: 65001 },
      dataplane_driver_ipvpn: { dataplane_driver: 'ovs', ovs_bridge: 'br-mpls', dataplane_local_address: 'tenant' },
    });
    expect(fileOf(service, 'neutron-ovs-agent-etc', 'openvswitch_agent.ini').parsed).toMatchObject({
      agent: { extensions: ['qos', 'bagpipe_bgpvpn'] },
      bagpipe: { mpls_bridge: 'br-mpls' },
    });
    expect(JSON.stringify(service.stages)).toContain('{"name":"EXTERNAL_BRIDGES","value":" br-mpls:"}');
  });

  test('BGP VPNs meet at reflectors on controllers where the spec asks for them', () => {
    const route_reflector = { enabled: true, neighbor_subnets: ['10.0.0.0/24'] };
    const service = of({ bgpvpn: { enabled: true, as_number: 65001, route_reflector } });
    expect(workloads(service)).toContain('DaemonSet/neutron-bgp-route-reflector-default');
    const text = fileOf(service, 'neutron-bgp-route-reflector-etc', 'frr.conf').text();
    expect(text).toContain('router bgp 65001');
    expect(text).toContain('bgp listen range 10.0.0.0/24 peer-group speakers');
    expect(JSON.stringify(service.stages)).toContain(
      '"command":["/opt/keelson/bin/neutron-bgp-peers.sh","bagpipe-bgp"',
    );
    expect(workloads(of({ bgpvpn: { enabled: true } })).join()).not.toContain('reflector');
  });

  test('DPDK: devices are bound before the switch starts, and ports, bonds and addresses of bridges are made', () => {
    const nics = [{ name: 'dpdk0', pci_id: '0000:05:00.0', bridge: 'br-phy', n_rxq: 2, mtu: 9000 }];
    const members = [
      { name: 'b0', pci_id: '0000:06:00.0' },
      { name: 'b1', pci_id: '0000:06:00.1', driver: 'mlx5_core' },
    ];
    const bonds = [
      { name: 'bond0', bridge: 'br-phy', nics: members, lacp: 'active', bond_mode: 'balance-tcp' },
      {
        name: 'bond1',
        bridge: 'br-phy',
        nics: [
          { name: 'b2', pci_id: '0000:07:00.0' },
          { name: 'b3', pci_id: '0000:07:00.1' },
        ],
        ovs_options: 'bond_mode=balance-slb other_config:bond-rebalance-interval=5000',
      },
    ];
    const bridges = [{ name: 'br-phy', ip_address: '10.0.0.5/24' }];
    const hugepages = { size: '1Gi', amount: 8 };
    const dpdk = { enabled: true, driver: 'vfio-pci', bridges, nics, bonds, hugepages };
    const nodes = { 'rack::a': { features: { neutron: { dpdk, tunnel_interface: 'br-phy' } } } };
    for (const backend of ['ml2', 'ml2/ovn']) {
      const service = renderedService('networking', aSpec({ features: { neutron: { backend } }, nodes }));
      const text = JSON.stringify(service.stages);
      expect(workloads(service)).toContain('DaemonSet/openvswitch-openvswitch-vswitchd-a');
      expect(text).toContain(
        '"value":"0000:05:00.0=vfio-pci 0000:06:00.0=vfio-pci 0000:06:00.1=mlx5_core 0000:07:00.0=vfio-pci 0000:07:00.1=vfio-pci"',
      );
      expect(text).toContain('{"name":"DPDK_ADDRESSES","value":"br-phy=10.0.0.5/24"}');
      const [, lines = ''] = /"DPDK_PORTS","value":"([^"]*)"/u.exec(text) ?? [];
      expect(lines.split(String.raw`\n`)).toEqual([
        '--may-exist add-br br-phy -- set bridge br-phy datapath_type=netdev',
        '--may-exist add-port br-phy dpdk0 -- set interface dpdk0 type=dpdk options:dpdk-devargs=0000:05:00.0 options:n_rxq=2 mtu_request=9000',
        '--may-exist add-bond br-phy bond0 b0 b1 -- set port bond0 bond_mode=balance-tcp lacp=active -- set interface b0 type=dpdk options:dpdk-devargs=0000:06:00.0 -- set interface b1 type=dpdk options:dpdk-devargs=0000:06:00.1',
        '--may-exist add-bond br-phy bond1 b2 b3 -- set port bond1 bond_mode=active-backup lacp=off bond_mode=balance-slb other_config:bond-rebalance-interval=5000 -- set interface b2 type=dpdk options:dpdk-devargs=0000:07:00.0 -- set interface b3 type=dpdk options:dpdk-devargs=0000:07:00.1',
      ]);
    }
  });

  test.each<[string, object, Readonly<Record<string, string>>]>([
    ['MOSK has', {}, { 'hugepages-2Mi': '1Gi' }],
    ['the spec counts', { hugepages: { size: '1Gi', amount: 8 } }, { 'hugepages-1Gi': '8Gi' }],
    ['the spec weighs', { hugepages: { amount: '1536Mi' } }, { 'hugepages-2Mi': '1536Mi' }],
    [
      'DPDK takes at its start',
      { socket_memory: '1024,1500', hugepages: { size: '1Gi', amount: '1Gi' } },
      { 'hugepages-1Gi': '3Gi' },
    ],
  ])(
    'the switch of DPDK is given the huge pages that %s, its init container and other switches none',
    (_, more, own) => {
      const dpdk = { enabled: true, driver: 'vfio-pci', ...more };
      const service = renderedService(
        'networking',
        aSpec({ nodes: { 'rack::a': { features: { neutron: { dpdk } } } } }),
      );
      const podOf = (set: string) =>
        service.stages
          .flatMap(({ objects }) => objects)
          .find(({ metadata }) => metadata.name === `openvswitch-openvswitch-vswitchd-${set}`);
      expect(podOf('a')).toMatchObject({
        spec: {
          template: {
            spec: {
              containers: [
                {
                  resources: {
                    requests: { cpu: '50m', memory: '192Mi', ...own },
                    limits: { memory: '2Gi', ...own },
                  },
                },
              ],
              initContainers: [{ resources: { limits: { memory: '2Gi' } } }],
            },
          },
        },
      });
      expect(JSON.stringify(podOf('a')).match(/hugepages-/gu)).toHaveLength(2);
      expect(JSON.stringify(podOf('default'))).not.toContain('hugepages-');
    },
  );

  test('tunnels are encrypted by one agent on every node, and leave room for that', () => {
    const service = of({ ipsec: { enabled: true } });
    expect(workloads(service)).toContain('DaemonSet/neutron-ipsec-default');
    expect(fileOf(service, 'neutron-etc', 'ml2_conf.ini').parsed).toMatchObject({ ml2: { path_mtu: 1460 } });
    const text = fileOf(service, 'neutron-ipsec-etc', 'swanctl.conf').text();
    expect(text).toContain('remote_ts = 0.0.0.0/0[udp/4789]');
    expect(text).toContain('secret = 0s');
    expect(workloads(of({})).join()).not.toContain('ipsec');
  });

  test('switches of bare metal machines have the options of their kind and their own, secrets among them', () => {
    const hardware = { nexus: { device_type: 'netmiko_cisco_nxos', ngs_save_configuration: false } };
    const password = { value_from: { secret_key_ref: { name: 'switches', key: 'leaf' } } };
    const devices = [{ name: 'leaf-1', hardware: 'nexus', ip: '192.0.2.9', username: 'ngs', password }];
    const service = of({ baremetal: { ngs: { hardware, devices } } });
    expect(fileOf(service, 'neutron-etc', 'ml2_conf.ini').parsed).toMatchObject({
      ml2: { mechanism_drivers: ['openvswitch', 'l2population', 'genericswitch'] },
      'genericswitch:leaf-1': {
        device_type: 'netmiko_cisco_nxos',
        ngs_save_configuration: false,
        ip: '192.0.2.9',
        username: 'ngs',
        password: '(secret.switches.leaf)',
      },
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
