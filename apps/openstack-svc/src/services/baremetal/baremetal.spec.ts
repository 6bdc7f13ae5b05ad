import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../../cloud/cloud.fixtures.js';

const features = (ironic: Readonly<Record<string, unknown>>, neutron = {}) => ({
  services: ['baremetal'],
  ironic,
  neutron,
});
const of = (ironic: Readonly<Record<string, unknown>>, neutron = {}, service = 'baremetal') =>
  renderedService(service, aSpec({ features: features(ironic, neutron) }));
const stageOf = (service: ReturnType<typeof of>, stage: string): readonly string[] =>
  service.stages.find(({ name }) => name === stage)?.objects.map(({ metadata }) => String(metadata.name)) ?? [];

describe('bare metal', () => {
  test('images of the deployment agent go to glance under the ids that conductors know before', () => {
    const agent_images = { base_url: 'https://files.example.org/ipa/', kernel: 'ipa.vmlinuz', initramfs: 'ipa.gz' };
    const service = of({ agent_images });
    const text = JSON.stringify(service.stages[0]);
    const conf = fileOf(service, 'ironic-etc', 'ironic.conf').text();
    const [kernel, ramdisk] = ['kernel', 'ramdisk'].map(
      (name) => new RegExp(`deploy_${name} = (.*)`, 'u').exec(conf)?.[1],
    );
    expect(stageOf(service, 'schema')).toEqual(['ironic-db-sync', 'ironic-agent-images']);
    expect(text).toContain(
      JSON.stringify(
        `[{"id":"${kernel}","name":"ipa.vmlinuz","url":"https://files.example.org/ipa/ipa.vmlinuz","format":"aki"},`,
      ).slice(1, -1),
    );
    expect(text).toContain(JSON.stringify(`{"id":"${ramdisk}","name":"ipa.gz"`).slice(1, -1));
    expect(kernel).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/u);
    expect(() => of({ agent_images: { kernel: 'ipa.vmlinuz' } })).toThrow('belong together');
  });

  test('images of the deployment agent are where all files are unless the spec says where', () => {
    const images = { kernel: 'ipa.vmlinuz', initramfs: 'ipa.gz' };
    const fetched = (agent_images: Readonly<Record<string, unknown>>): string =>
      JSON.stringify(
        renderedService(
          'baremetal',
          aSpec({
            artifacts: { binary_base_url: 'https://files.example.org/' },
            features: features({ agent_images }),
          }),
        ).stages[0],
      );
    expect(fetched(images)).toContain('https://files.example.org/openstack/bin/ironic/tinyipa/ipa.gz');
    const own = fetched({ ...images, base_url: 'https://ipa.example.org' });
    expect(own).toContain('https://ipa.example.org/ipa.gz');
    expect(own).not.toContain('tinyipa');
  });

  test('the network is made as the spec describes it, before conductors start', () => {
    const subnets = [
      { name: 'a', range: '10.1.0.0/24', pool_start: '10.1.0.10', pool_end: '10.1.0.99', gateway: '10.1.0.1' },
    ];
    const baremetal = { name: 'metal', physnet: 'physnet9', segmentation_id: 7, mtu: 9000, shared: false, subnets };
    const service = of({ networks: { baremetal } }, { dns_servers: ['192.0.2.53'] });
    const text = JSON.stringify(service.stages[0]);
    expect(stageOf(service, 'schema')).toEqual(['ironic-db-sync', 'ironic-create-networks']);
    expect(text).toContain(
      "create --external --no-share --provider-network-type 'vlan' --provider-physical-network 'physnet9' --provider-segment 7 --mtu 9000 'metal'",
    );
    expect(text).toContain(
      "subnet create --network 'metal' --subnet-range '10.1.0.0/24' --gateway '10.1.0.1' --allocation-pool 'start=10.1.0.10,end=10.1.0.99' --dns-nameserver '192.0.2.53' 'a'",
    );
    expect(fileOf(service, 'ironic-etc', 'ironic.conf').parsed).toMatchObject({
      neutron: { cleaning_network: 'metal' },
    });
    expect(stageOf(of({}), 'schema')).toEqual(['ironic-db-sync']);
  });

  test.each([
    ['by TLS, whose certificate the conductor checks', true, 'https'],
    ['plainly where the cloud is plain inside', false, 'http'],
  ])('agents call the API through the conductor that boots them, and that %s', (_, enabled, scheme) => {
    const spec = aSpec({ features: { ...features({}), ssl: { tls_proxy: { enabled } } } });
    const service = renderedService('baremetal', spec);
    expect(fileOf(service, 'ironic-etc', 'ironic.conf').parsed).toMatchObject({
      service_catalog: { endpoint_override: 'http://$my_ip:8089/baremetal' },
    });
    const web = fileOf(service, 'ironic-etc', 'nginx.conf');
    expect(web.text()).toContain(`proxy_pass ${scheme}://ironic-api.openstack.svc.cluster.local:6385;`);
    expect(web.text().includes('proxy_ssl_verify on;')).toBe(enabled);
    expect((web.companions ?? []).map(({ path }) => path)).toEqual(
      enabled ? ['/etc/ssl/openstack/internal-ca.crt'] : [],
    );
    for (const file of service.files) expect(file.text()).not.toContain('insecure');
    const calls = new RegExp(/location ~ "(.*)" /u.exec(web.text())?.[1] ?? '', 'u');
    const taken = ['/', '/v1/lookup', '/v1/heartbeat/0b1c', '/v1/continue_inspection'];
    expect([...taken, '/v1/nodes', '/v1/heartbeat/a/b'].filter((path) => calls.test(`/baremetal${path}`))).toEqual(
      taken,
    );
  });

  test('neutron binds ports of machines where the agent beside Ironic says that they are', () => {
    const service = of({});
    expect(stageOf(service, 'workloads')).toContain('neutron-ironic-agent');
    expect(fileOf(service, 'neutron-ironic-agent-etc', 'ironic_neutron_agent.ini').parsed).toMatchObject({
      ironic: { username: expect.stringContaining('ironic'), valid_interfaces: 'internal' },
    });
    const neutron = of({}, { backend: 'ml2/ovn' }, 'networking');
    expect(fileOf(neutron, 'neutron-etc', 'ml2_conf.ini').parsed).toMatchObject({
      ml2: { mechanism_drivers: ['ovn', 'baremetal'] },
    });
    expect(fileOf(neutron, 'neutron-etc', 'neutron.conf').parsed).toMatchObject({ DEFAULT: { rpc_workers: 4 } });
  });
  test('conductors serve on a port of their own on the network of the cloud where the spec binds them to it', () => {
    const conductorOf = (ironic: Readonly<Record<string, unknown>>) =>
      of(ironic)
        .stages.flatMap(({ objects }) => objects)
        .find(({ metadata }) => metadata.name === 'ironic-conductor' && metadata.labels?.['component'] === 'conductor');
    const baremetal = { name: 'metal', bind_deployment_services: true };
    const bound = of({ networks: { baremetal }, provisioning_interface: 'o-irc0' });
    const text = JSON.stringify(bound.stages);
    expect(text).toContain('--disable-port-security');
    expect(text).toContain('{"name":"NETWORK","value":"metal"}');
    expect(text).toMatch(/"name":"plug".*"privileged":true/u);
    expect(text).toContain('{"key":"openvswitch","operator":"In","values":["enabled"]}');
    expect(fileOf(bound, 'ironic-clouds', 'clouds.yaml').parsed).toMatchObject({ clouds: { ironic: {} } });
    expect(JSON.stringify(conductorOf({}))).not.toContain('initContainers');
  });

  test('serial consoles are offered by conductors and reached through a proxy', () => {
    const ironic = { console: { serial: { enabled: true } } };
    const service = of(ironic);
    expect(fileOf(service, 'ironic-etc', 'ironic.conf').parsed).toMatchObject({
      DEFAULT: { enabled_console_interfaces: ['ipmitool-socat', 'no-console'] },
    });
    const serial_console = { enabled: true, serialproxy_port: 6083, base_url: 'wss://serialproxy.cloud.example.org/' };
    expect(fileOf(service, 'nova-compute-ironic-etc', 'nova.conf').parsed).toMatchObject({ serial_console });
    const compute = of(ironic, {}, 'compute');
    expect(JSON.stringify(compute.stages)).toContain('["nova-serialproxy","--config-file"');
    expect(fileOf(compute, 'nova-etc', 'nova.conf').parsed).toMatchObject({ serial_console });
    const ofGuests = compute.files.filter(
      ({ secret, key }) => secret.startsWith('nova-compute-etc') && key === 'nova.conf',
    );
    expect(ofGuests.map((file) => file.text().includes('serial_console'))).toEqual([false]);
    expect(JSON.stringify(of({}, {}, 'compute').stages)).not.toContain('serialproxy');
  });
});
