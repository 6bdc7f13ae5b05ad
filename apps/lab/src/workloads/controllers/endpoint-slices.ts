import { parseKey } from '@keelson/api';
import { equalJson } from '@keelson/std';
import type { ChildWrite } from '../../clusters/child-api.js';
import { ownKey } from '../concerns.js';
import { type EndpointSlice, EndpointSliceKind, type Service, ServiceKind, type SimulatedPod } from '../kinds.js';
import { hasEnded, hashOf, isEnding, isReady, matchesSelector, ownedBy, simulated } from '../objects.js';
import type { Controller, Plane } from '../plane.js';

/** Keeps one EndpointSlice for each Service that selects pods. */
export function endpointSlices(plane: Plane): Controller {
  const selectors = new Map<string, Map<string, Readonly<Record<string, string>>>>();
  return {
    name: 'endpointslice',
    concerns: (write) => {
      if (write.resource === 'services') remember(selectors, write);
      if (write.resource !== 'pods') return ownKey(write, 'services');
      const inNamespace = [...(selectors.get(write.namespace) ?? [])];
      const labels = write.object.metadata.labels ?? {};
      return inNamespace
        .filter(([, selector]) => matchesSelector({ matchLabels: selector }, labels))
        .map(([name]) => `${write.namespace}/${name}`);
    },
    async sync(key) {
      const service = await plane.api.get(ServiceKind, parseKey(key));
      if (service === undefined || isEnding(service) || service.spec.selector === undefined) return undefined;
      const wanted = sliceOf(plane, service);
      const present = await plane.api.get(EndpointSliceKind, wanted.metadata);
      if (present === undefined) await plane.api.create(EndpointSliceKind, wanted);
      else if (!equalJson([present.endpoints, present.ports], [wanted.endpoints, wanted.ports]))
        await plane.api.patch(EndpointSliceKind, wanted.metadata, { endpoints: wanted.endpoints, ports: wanted.ports });
      return undefined;
    },
  };
}

function remember(selectors: Map<string, Map<string, Readonly<Record<string, string>>>>, write: ChildWrite): void {
  const inNamespace = selectors.get(write.namespace) ?? new Map<string, Readonly<Record<string, string>>>();
  selectors.set(write.namespace, inNamespace);
  const selector = selectorOf(write.object);
  if (write.type === 'delete' || selector === undefined) inNamespace.delete(write.name);
  else inNamespace.set(write.name, selector);
}

function selectorOf({ spec }: { readonly [member: string]: unknown }): Readonly<Record<string, string>> | undefined {
  if (typeof spec !== 'object' || spec === null || !('selector' in spec)) return undefined;
  const { selector } = spec;
  return typeof selector === 'object' && selector !== null && Object.keys(selector).length > 0
    ? Object.fromEntries(Object.entries(selector).map(([key, value]) => [key, String(value)]))
    : undefined;
}

function sliceOf(plane: Plane, service: Service): EndpointSlice {
  const { metadata, spec } = service;
  const pods = [...plane.index.in(metadata.namespace ?? '')]
    .filter((pod) => !hasEnded(pod) && pod.status?.podIP !== undefined)
    .filter((pod) => matchesSelector({ matchLabels: spec.selector ?? {} }, pod.metadata.labels))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${metadata.name}-${hashOf(metadata.uid).slice(0, 5)}`,
      namespace: metadata.namespace,
      labels: {
        ...metadata.labels,
        'kubernetes.io/service-name': metadata.name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      annotations: { ...simulated },
      ownerReferences: [ownedBy(service)],
    },
    addressType: 'IPv4',
    endpoints: pods.map((pod) => endpointOf(pod, spec.publishNotReadyAddresses === true)),
    ports: (spec.ports ?? []).map(({ name = '', port, protocol = 'TCP', targetPort }) => ({
      name,
      protocol,
      port: typeof targetPort === 'number' ? targetPort : port,
    })),
  };
}

function endpointOf(pod: SimulatedPod, isAlways: boolean): EndpointSlice['endpoints'][number] {
  const { name, namespace, uid } = pod.metadata;
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: {
      ready: isAlways || (isReady(pod) && !isEnding(pod)),
      serving: isReady(pod),
      terminating: isEnding(pod),
    },
    nodeName: pod.spec.nodeName,
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}
