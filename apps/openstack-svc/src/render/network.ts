import type { KubeObject } from '@keelson/api';
import { kubeObject } from './kubernetes.js';
import { type Chart, componentName, internalHost, labelsOf, metadataOf, publicHost } from './chart.js';

export interface ServicePart {
  readonly name: string;
  readonly component: string;
  readonly ports: Readonly<Record<string, number>>;
  /** One pod of a StatefulSet: its address then outlives it. */
  readonly pod?: string;
  /** Names the pods of a StatefulSet; also lists those that are not ready yet, so that peers can find each other. */
  readonly headless?: boolean;
  /** Leads to pods that are not ready too. */
  readonly includesUnready?: boolean;
  readonly type?: 'ClusterIP' | 'LoadBalancer';
  readonly loadBalancerIP?: string;
  /** What answers there speaks HTTPS. */
  readonly isTls?: boolean;
}

export function service(chart: Chart, part: ServicePart): KubeObject {
  const { name, component, ports, pod, headless = false, type = 'ClusterIP', loadBalancerIP } = part;
  const includesUnready = headless || part.includesUnready === true;
  return kubeObject({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(chart, name, component),
    spec: {
      type,
      ...(headless ? { clusterIP: 'None' } : {}),
      ...(includesUnready ? { publishNotReadyAddresses: true } : {}),
      ...(loadBalancerIP === undefined ? {} : { loadBalancerIP }),
      selector: {
        ...labelsOf(chart, component),
        ...(pod === undefined ? {} : { 'statefulset.kubernetes.io/pod-name': pod }),
      },
      ports: Object.entries(ports).map(([portName, port]) => ({
        name: portName,
        port,
        targetPort: port,
        ...(part.isTls === true ? { appProtocol: 'https' } : {}),
        protocol: portName.endsWith('udp') ? 'UDP' : 'TCP',
      })),
    },
  });
}

/** The Secret with the certificate of all public endpoints. */
export const publicTlsSecret = 'openstack-public-tls';
/** The Secret by which the ingress controller knows the cloud's own APIs. */
export const internalTlsSecret = 'openstack-internal-tls';
/** The class that the cloud's own ingress controller serves. */
export const ingressClass = 'openstack-ingress-nginx';

/** True while the ingress controller is what users come in by; afterwards it is the gateway alone. */
export function usesIngress(chart: Chart): boolean {
  return chart.cloud.spec.migration.ingress?.state !== 'absent';
}

/** Brings users from `<host>.<public domain>` to a Service. */
export function ingress(
  chart: Chart,
  host: string,
  component: string,
  backend: { name: string; port: number; isTls?: boolean },
): KubeObject[] {
  if (!usesIngress(chart)) return [];
  const fullHost = publicHost(chart.cloud, host);
  const { name, port, isTls = false } = backend;
  return [
    kubeObject({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        ...metadataOf(chart, host, component),
        annotations: {
          'nginx.ingress.kubernetes.io/proxy-body-size': '0',
          ...(isTls ? backendTls(chart, name) : {}),
        },
      },
      spec: {
        ingressClassName: ingressClass,
        tls: [{ hosts: [fullHost], secretName: publicTlsSecret }],
        rules: [
          {
            host: fullHost,
            http: {
              paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: port } } } }],
            },
          },
        ],
      },
    }),
  ];
}

/** The certificate of the pods behind a Service is checked too. */
function backendTls({ cloud }: Chart, service: string): Record<string, string> {
  const prefix = 'nginx.ingress.kubernetes.io';
  return {
    [`${prefix}/backend-protocol`]: 'HTTPS',
    [`${prefix}/proxy-ssl-secret`]: `${cloud.namespace}/${internalTlsSecret}`,
    [`${prefix}/proxy-ssl-verify`]: 'on',
    [`${prefix}/proxy-ssl-name`]: internalHost(cloud, service),
    [`${prefix}/proxy-ssl-server-name`]: 'on',
  };
}

export interface AllowedPorts {
  readonly ports: readonly number[];
  /**
   * `everyone`: agents on host networks have their node's address, which no selector matches; `cloud`: pods of the namespace;
   * `peers`: pods of the same component.
   */
  readonly from: 'everyone' | 'cloud' | 'peers';
}

/** What may connect to a component; nothing when the cloud has no network policies. */
export function networkPolicy(chart: Chart, component: string, allowed: readonly AllowedPorts[]): KubeObject[] {
  if (!chart.cloud.spec.features.network_policies.enabled) return [];
  const rules = allowed.map(({ ports, from }) => ({
    ports: ports.map((port) => ({ port, protocol: 'TCP' })),
    ...(from === 'everyone' ? {} : { from: [peersOf(chart, component, from)] }),
  }));
  return [
    kubeObject({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: metadataOf(chart, componentName(chart, component), component),
      spec: { podSelector: { matchLabels: labelsOf(chart, component) }, policyTypes: ['Ingress'], ingress: rules },
    }),
  ];
}

function peersOf(chart: Chart, component: string, from: 'cloud' | 'peers'): Record<string, unknown> {
  if (from === 'peers') return { podSelector: { matchLabels: labelsOf(chart, component) } };
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': chart.cloud.namespace } } };
}
