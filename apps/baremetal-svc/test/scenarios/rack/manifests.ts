import type { KubeObject } from '@keelson/api';
import { namespace } from './rack.js';

/** Specs of what an operator writes, to be replaced one by one. */
export interface ProjectParts {
  readonly password: string;
  readonly inventory: Readonly<Record<string, unknown>>;
  readonly lcm: Readonly<Record<string, unknown>>;
  readonly template: Readonly<Record<string, unknown>>;
  readonly withProfile: boolean;
}

const provider = { 'kaas.mirantis.com/provider': 'baremetal' };
const ofCluster = { ...provider, 'cluster.sigs.k8s.io/cluster-name': 'first' };

type Manifest = KubeObject & { spec: object };

export function project(servers: readonly number[], parts: Partial<ProjectParts> = {}): KubeObject[] {
  return [
    ...servers.flatMap((number) => [credential(nameOf(number), parts.password), inventory(number, parts.inventory)]),
    ...(parts.withProfile === false ? [] : [profile('default')]),
    subnet('lcm', { 'ipam/SVC-k8s-lcm': '1' }, parts.lcm),
    template(parts.template),
  ];
}

export function nameOf(number: number): string {
  return `srv-${String(number).padStart(2, '0')}`;
}

export function credential(server: string, password = 'keelson-lab'): Manifest {
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'BareMetalHostCredential',
    metadata: { name: `${server}-bmc`, namespace, labels: provider },
    spec: { username: 'admin', password: { value: password } },
  };
}

export function inventory(number: number, spec: Readonly<Record<string, unknown>> = {}): Manifest {
  const name = nameOf(number);
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'BareMetalHostInventory',
    metadata: { name, namespace, labels: { ...provider, 'kaas.mirantis.com/baremetalhost-id': name } },
    spec: {
      bmc: {
        address: `redfish://bmc.test:8443/redfish/v1/Systems/${name}`,
        bmhCredentialsName: `${name}-bmc`,
        disableCertificateVerification: true,
      },
      bootMACAddress: `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`,
      bootMode: 'UEFI',
      online: true,
      ...spec,
    },
  };
}

export function profile(name: string): Manifest {
  return {
    apiVersion: 'metal3.io/v1alpha1',
    kind: 'BareMetalHostProfile',
    metadata: { name, namespace, labels: { ...provider, 'kaas.mirantis.com/defaultBMHProfile': 'true' } },
    spec: {
      devices: [
        {
          device: { minSizeGiB: 60, wipe: true },
          partitions: [
            { name: 'config-2', sizeGiB: 0.0625 },
            { name: 'root', sizeGiB: 0 },
          ],
        },
      ],
      fileSystems: [{ fileSystem: 'ext4', partition: 'root', mountPoint: '/' }],
    },
  };
}

export function subnet(
  name: string,
  labels: Record<string, string> = {},
  spec: Readonly<Record<string, unknown>> = {},
): Manifest {
  return {
    apiVersion: 'ipam.mirantis.com/v1alpha1',
    kind: 'Subnet',
    metadata: { name, namespace, labels: { ...ofCluster, ...labels } },
    spec: {
      cidr: '127.20.0.0/24',
      gateway: '127.20.0.1',
      includeRanges: ['127.20.0.10-127.20.0.200'],
      nameservers: ['127.20.0.2'],
      ...spec,
    },
  };
}

export function template(spec: Readonly<Record<string, unknown>> = {}): Manifest {
  const npTemplate = [
    'version: 2',
    'ethernets:',
    '  {{nic 0}}:',
    '    match:',
    '      macaddress: {{mac 0}}',
    '    set-name: {{nic 0}}',
    '    dhcp4: false',
    '    addresses:',
    '      - {{ip "0:lcm"}}',
    '    routes:',
    '      - to: 0.0.0.0/0',
    '        via: {{gateway_from_subnet "lcm"}}',
    '    nameservers:',
    '      addresses: {{nameservers_from_subnet "lcm"}}',
    '',
  ].join('\n');
  return {
    apiVersion: 'ipam.mirantis.com/v1alpha1',
    kind: 'L2Template',
    metadata: { name: 'plain', namespace, labels: { ...ofCluster, 'ipam/DefaultForCluster': '1' } },
    spec: {
      autoIfMappingPrio: ['provision', 'eno', 'ens', 'enp'],
      l3Layout: [{ subnetName: 'lcm', scope: 'namespace' }],
      npTemplate,
      ...spec,
    },
  };
}

export function machine(name: string, server: string, spec: object = {}): Manifest {
  return {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Machine',
    metadata: {
      name,
      namespace,
      labels: ofCluster,
      annotations: { 'metal3.io/BareMetalHost': `${namespace}/${server}` },
    },
    spec: {
      providerSpec: {
        value: {
          apiVersion: 'baremetal.k8s.io/v1alpha1',
          kind: 'BareMetalMachineProviderSpec',
          hostSelector: { matchLabels: { 'kaas.mirantis.com/baremetalhost-id': server } },
          bareMetalHostProfile: { name: 'default', namespace },
          day1Provisioning: 'auto',
          day1Deployment: 'auto',
          ...spec,
        },
      },
    },
  };
}
