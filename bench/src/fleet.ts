import type { BareMetalHost, KubeObject } from '@keelson/api';

/** The project all of a fleet lives in. */
export const project = 'fleet';

const imageUrl = 'https://artifacts.example.org/bench/image.raw';

/** What an operator of `servers` servers of the lab applies: a project, and for each server its account and its record. */
export function fleetManifests(
  servers: number,
  redfish: string,
): { readonly before: KubeObject[]; readonly hosts: KubeObject[] } {
  const numbers = Array.from({ length: servers }, (_, i) => i + 1);
  return {
    before: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: project } }, profile(), userDataSecret()],
    hosts: numbers.flatMap((number) => serverManifests(number, servers, redfish)),
  };
}

/** What claims an available host for an image: the patch a cluster's controller would send, without the cluster. */
export function claim(host: BareMetalHost): object {
  const { name } = host.metadata;
  const secret = { name: 'bench-user-data', namespace: project };
  return {
    spec: {
      online: true,
      image: { url: imageUrl, checksum: `sha256:${'0'.repeat(64)}` },
      userData: secret,
      metaData: secret,
    },
    metadata: { annotations: { 'bench.keelson.dev/claimed': name } },
  };
}

function serverManifests(number: number, servers: number, redfish: string): KubeObject[] {
  // As the lab names them: two digits at least, as many as the largest number has.
  const name = `srv-${String(number).padStart(Math.max(2, String(servers).length), '0')}`;
  const labels = { 'kaas.mirantis.com/provider': 'baremetal', 'kaas.mirantis.com/baremetalhost-id': name };
  const account = { username: 'admin', password: { value: 'keelson-lab' } };
  const bmc = {
    address: `redfish://${redfish}/redfish/v1/Systems/${name}`,
    bmhCredentialsName: `${name}-bmc`,
    disableCertificateVerification: true,
  };
  return [
    object('kaas.mirantis.com/v1alpha1', 'BareMetalHostCredential', `${name}-bmc`, labels, { spec: account }),
    object('kaas.mirantis.com/v1alpha1', 'BareMetalHostInventory', name, labels, {
      spec: { bmc, bootMACAddress: macOf(number), bootMode: 'UEFI', online: true },
    }),
  ];
}

function profile(): KubeObject {
  return object(
    'metal3.io/v1alpha1',
    'BareMetalHostProfile',
    'default',
    { 'kaas.mirantis.com/defaultBMHProfile': 'true' },
    {
      spec: {
        devices: [
          {
            device: { minSize: '60Gi', wipe: true },
            partitions: [
              { name: 'uefi', size: '200Mi', partflags: ['esp'] },
              { name: 'config-2', size: '64Mi' },
              { name: 'root', size: '0' },
            ],
          },
        ],
        fileSystems: [
          { fileSystem: 'vfat', partition: 'config-2' },
          { fileSystem: 'vfat', partition: 'uefi', mountPoint: '/boot/efi' },
          { fileSystem: 'ext4', partition: 'root', mountPoint: '/' },
        ],
      },
    },
  );
}

function userDataSecret(): KubeObject {
  return object(
    'v1',
    'Secret',
    'bench-user-data',
    {},
    { stringData: { userData: '#cloud-config\n{}\n', metaData: 'local-hostname: bench\n' } },
  );
}

function object(
  apiVersion: string,
  kind: string,
  name: string,
  labels: Record<string, string>,
  body: object,
): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace: project, labels }, ...body };
}

/** The MAC addresses the lab gives to the first interface of its servers. */
function macOf(number: number): string {
  return (0x525400000000 + number).toString(16).match(/../g)?.join(':') ?? '';
}
