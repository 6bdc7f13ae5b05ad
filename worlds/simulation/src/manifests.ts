import type { KubeObject } from '@keelson/api';

/** The password of every simulated BMC: also the canary that must never show up outside a Secret. */
export const bmcPassword = 'keelson-lab';

export const project = 'demo';
export const cluster = 'first';
export const releaseName = 'mosk-21-1-0-26-1';

const provider = { 'kaas.mirantis.com/provider': 'baremetal' };
const ofCluster = { ...provider, 'cluster.sigs.k8s.io/cluster-name': cluster };

/** What an operator of `servers` servers writes: the shape of `examples/first-cluster`, as large as asked. */
export function operatorManifests(servers: number, release: KubeObject): KubeObject[] {
  const numbers = Array.from({ length: servers }, (_, i) => i + 1);
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: project } },
    release,
    ...numbers.flatMap((number) => serverManifests(number, servers)),
    profile(),
    subnet(
      'lcm',
      { 'ipam/SVC-k8s-lcm': '1' },
      {
        cidr: '127.20.0.0/20',
        gateway: '127.20.0.1',
        includeRanges: ['127.20.0.10-127.20.15.200'],
        nameservers: ['127.20.0.2'],
      },
    ),
    subnet('api', { 'ipam/SVC-LBhost': '1' }, { cidr: '127.20.64.0/28', includeRanges: ['127.20.64.2'] }),
    l2Template(),
    clusterManifest(),
    ...numbers.map((number) => machineManifest(number)),
  ];
}

/** `srv-01`; as wide as the lab names them. */
export function serverName(number: number, servers: number): string {
  return `srv-${String(number).padStart(Math.max(2, String(servers).length), '0')}`;
}

function serverManifests(number: number, servers: number): KubeObject[] {
  const name = serverName(number, servers);
  const metadata = (suffix: string): KubeObject['metadata'] => ({
    name: `${name}${suffix}`,
    namespace: project,
    labels: { ...provider, 'kaas.mirantis.com/baremetalhost-id': `id-${number}` },
  });
  const mac = (number + 0x525400000000).toString(16).match(/../g)?.join(':') ?? '';
  return [
    {
      apiVersion: 'kaas.mirantis.com/v1alpha1',
      kind: 'BareMetalHostCredential',
      metadata: metadata('-bmc'),
      spec: { username: 'admin', password: { value: bmcPassword } },
    },
    {
      apiVersion: 'kaas.mirantis.com/v1alpha1',
      kind: 'BareMetalHostInventory',
      metadata: metadata(''),
      spec: {
        bmc: {
          address: `redfish://lab.invalid:8443/redfish/v1/Systems/${name}`,
          bmhCredentialsName: `${name}-bmc`,
          disableCertificateVerification: true,
        },
        bootMACAddress: mac,
        bootMode: 'UEFI',
        online: true,
      },
    },
  ] as unknown as KubeObject[];
}

function machineManifest(number: number): KubeObject {
  const isControl = number <= 3;
  const labels: Record<string, string> = {
    ...ofCluster,
    ...(isControl ? { 'cluster.sigs.k8s.io/control-plane': 'true' } : {}),
  };
  return {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Machine',
    metadata: { name: isControl ? `cp-${number}` : `wk-${number - 3}`, namespace: project, labels },
    spec: {
      providerSpec: {
        value: {
          apiVersion: 'baremetal.k8s.io/v1alpha1',
          kind: 'BareMetalMachineProviderSpec',
          hostSelector: { matchLabels: { 'kaas.mirantis.com/baremetalhost-id': `id-${number}` } },
          bareMetalHostProfile: { name: 'default', namespace: project },
          l2TemplateSelector: { name: 'plain' },
          day1Provisioning: 'auto',
          day1Deployment: 'auto',
        },
      },
    },
  } as KubeObject;
}

function clusterManifest(): KubeObject {
  return {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name: cluster, namespace: project, labels: provider },
    spec: {
      clusterNetwork: { services: { cidrBlocks: ['10.233.0.0/18'] }, pods: { cidrBlocks: ['10.233.64.0/18'] } },
      providerSpec: {
        value: {
          apiVersion: 'baremetal.k8s.io/v1alpha1',
          kind: 'BaremetalClusterProviderSpec',
          release: releaseName,
          dedicatedControlPlane: true,
        },
      },
    },
  } as KubeObject;
}

function subnet(name: string, labels: Record<string, string>, spec: Record<string, unknown>): KubeObject {
  return {
    apiVersion: 'ipam.mirantis.com/v1alpha1',
    kind: 'Subnet',
    metadata: { name, namespace: project, labels: { ...ofCluster, ...labels } },
    spec,
  } as KubeObject;
}

function l2Template(): KubeObject {
  return {
    apiVersion: 'ipam.mirantis.com/v1alpha1',
    kind: 'L2Template',
    metadata: { name: 'plain', namespace: project, labels: { ...ofCluster, 'ipam/DefaultForCluster': '1' } },
    spec: {
      autoIfMappingPrio: ['eno', 'ens', 'enp', 'eth'],
      l3Layout: [{ subnetName: 'lcm', scope: 'namespace' }],
      npTemplate: [
        'version: 2',
        'ethernets:',
        '  {{nic 0}}:',
        '    match:',
        '      macaddress: {{mac 0}}',
        '    set-name: {{nic 0}}',
        'bridges:',
        '  k8s-lcm:',
        '    interfaces: [{{nic 0}}]',
        '    addresses:',
        '    - {{ip "k8s-lcm:lcm"}}',
        '    nameservers:',
        '      addresses: {{nameservers_from_subnet "lcm"}}',
        '    routes:',
        '    - to: default',
        '      via: {{gateway_from_subnet "lcm"}}',
        '',
      ].join('\n'),
    },
  } as KubeObject;
}

function profile(): KubeObject {
  return {
    apiVersion: 'metal3.io/v1alpha1',
    kind: 'BareMetalHostProfile',
    metadata: {
      name: 'default',
      namespace: project,
      labels: { ...provider, 'kaas.mirantis.com/defaultBMHProfile': 'true' },
    },
    spec: {
      devices: [
        {
          device: { workBy: 'by_id,by_path,by_name', minSizeGiB: 60, wipe: true },
          partitions: [
            { name: 'uefi', partflags: ['esp'], sizeGiB: 0.2 },
            { name: 'config-2', sizeGiB: 0.0625 },
            { name: 'root', sizeGiB: 0 },
          ],
        },
      ],
      fileSystems: [
        { fileSystem: 'vfat', partition: 'uefi', mountPoint: '/boot/efi' },
        { fileSystem: 'ext4', partition: 'root', mountPoint: '/' },
      ],
    },
  } as KubeObject;
}
