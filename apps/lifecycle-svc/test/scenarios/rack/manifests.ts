import { readFileSync } from 'node:fs';
import type { KubeObject } from '@keelson/api';
import { load } from 'js-yaml';

/** What an operator applies in scenarios. */

export const namespace = 'demo';
export const clusterName = 'first';
/** The address of the cluster's API. */
export const address = '127.20.1.2';
const ofCluster = { 'kaas.mirantis.com/provider': 'baremetal', 'cluster.sigs.k8s.io/cluster-name': clusterName };

export function release(): KubeObject {
  const path = new URL('../../../../../deploy/releases/mosk-21-1-0-26-1.yaml', import.meta.url);
  return load(readFileSync(path, 'utf8')) as KubeObject;
}

/** A further release of the same shape: other versions of Kubernetes and of its distribution. */
export function nextRelease(version = '21.2.0+26.2', kubernetes = '1.32.5'): KubeObject {
  const text = JSON.stringify(release())
    .replaceAll('21.1.0+26.1', version)
    .replaceAll('1.31.9', kubernetes)
    .replaceAll('3.8.7', '3.9.0')
    .replaceAll('1.42.0', '1.43.0')
    .replace('mosk-21-1-0-26-1', nextReleaseName);
  return JSON.parse(text) as KubeObject;
}

export const nextReleaseName = 'mosk-21-2-0-26-2';

/** The release of the management cluster that lets clusters be updated from one to the other. */
export function aKaasRelease(rebootRequired = false): KubeObject {
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'KaaSRelease',
    metadata: { name: 'kaas-2-32-0', labels: { 'kaas.mirantis.com/active': 'true' } },
    spec: {
      version: '2.32.0',
      clusterRelease: 'mgmt-20-1-0',
      supportedClusterReleases: [
        {
          name: 'mosk-21-1-0-26-1',
          version: '21.1.0+26.1',
          availableUpgrades: [{ version: '21.2.0+26.2', rebootRequired }],
        },
        { name: nextReleaseName, version: '21.2.0+26.2' },
      ],
    },
  } as KubeObject;
}

export function aCluster(value: object = {}): KubeObject {
  return {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name: clusterName, namespace, labels: { 'kaas.mirantis.com/provider': 'baremetal' } },
    spec: {
      clusterNetwork: { services: { cidrBlocks: ['10.233.0.0/18'] }, pods: { cidrBlocks: ['10.233.64.0/18'] } },
      providerSpec: { value: { release: 'mosk-21-1-0-26-1', ...value } },
    },
  } as KubeObject;
}

export function aSubnet(): KubeObject {
  return {
    apiVersion: 'ipam.mirantis.com/v1alpha1',
    kind: 'Subnet',
    metadata: { name: 'api', namespace, labels: { ...ofCluster, 'ipam/SVC-LBhost': '1' } },
    spec: { cidr: '127.20.1.0/28', includeRanges: [address] },
  } as KubeObject;
}

/** A Machine for the host of that number; `cp-…` is a control-plane machine. */
export function aMachine(name: string, host: number, value: object = {}): KubeObject {
  const control = name.startsWith('cp') ? { 'cluster.sigs.k8s.io/control-plane': 'true' } : {};
  return {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Machine',
    metadata: { name, namespace, labels: { ...ofCluster, ...control } },
    spec: {
      providerSpec: {
        value: {
          hostSelector: { matchLabels: { 'kaas.mirantis.com/baremetalhost-id': `srv-${host}` } },
          day1Provisioning: 'auto',
          day1Deployment: 'auto',
          ...value,
        },
      },
    },
  } as KubeObject;
}

/** Three control-plane machines and so many workers. */
export function theCluster(workers = 3, value: object = {}): readonly KubeObject[] {
  const control = [1, 2, 3].map((n) => aMachine(`cp-${n}`, n));
  return [
    aSubnet(),
    aCluster(value),
    ...control,
    ...Array.from({ length: workers }, (_, i) => aMachine(`wk-${i + 1}`, i + 4)),
  ];
}
