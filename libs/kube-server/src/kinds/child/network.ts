import { isObject } from '../../schema/schema.js';
import type { Draft } from '../../storage/stored.js';
import { builtIn, textAt } from '../declare.js';
import type { KindDescriptor } from '../descriptor.js';
import {
  conditions,
  flag,
  freeForm,
  integer,
  intOrString,
  labels,
  labelSelector,
  listOf,
  mapList,
  objectReference,
  open,
  plain,
  struct,
  text,
  texts,
} from '../schema-words.js';
import { protocol, withDefault } from './pod-spec.js';

const networking = 'networking.k8s.io';
const addresses = listOf(struct({ ip: text, hostname: text, nodeName: text, targetRef: objectReference }));
const loadBalancer = plain(struct({ ingress: listOf(open({ ip: text, hostname: text, ipMode: text })) }));
const namedPort = struct({ name: text, port: integer, protocol: text, appProtocol: text });

/** Services and what leads to them. No address is given out: there is no network behind this API. */
export const networkKinds: readonly KindDescriptor[] = [
  builtIn({
    kind: 'Service',
    shortNames: ['svc'],
    categories: ['all'],
    hasStatus: true,
    members: {
      spec: plain(
        open({
          ports: mapList(
            ['port', 'protocol'],
            struct({
              name: text,
              protocol,
              appProtocol: text,
              port: integer,
              targetPort: intOrString,
              nodePort: integer,
            }),
          ),
          selector: { ...labels, 'x-kubernetes-map-type': 'atomic' },
          clusterIP: text,
          clusterIPs: texts,
          type: withDefault(text, 'ClusterIP'),
          externalIPs: texts,
          sessionAffinity: withDefault(text, 'None'),
          loadBalancerIP: text,
          loadBalancerSourceRanges: texts,
          loadBalancerClass: text,
          externalName: text,
          externalTrafficPolicy: text,
          internalTrafficPolicy: withDefault(text, 'Cluster'),
          ipFamilies: texts,
          ipFamilyPolicy: text,
          publishNotReadyAddresses: flag,
        }),
      ),
      status: plain(struct({ loadBalancer, conditions })),
    },
    selectableFields: { 'spec.clusterIP': textAt('spec', 'clusterIP'), 'spec.type': textAt('spec', 'type') },
    strategy: { prepare: prepareService },
  }),
  builtIn({
    kind: 'Endpoints',
    plural: 'endpoints',
    singular: 'endpoints',
    shortNames: ['ep'],
    members: { subsets: listOf(struct({ addresses, notReadyAddresses: addresses, ports: listOf(namedPort) })) },
  }),
  builtIn({
    group: 'discovery.k8s.io',
    kind: 'EndpointSlice',
    countsGenerations: true,
    members: {
      addressType: text,
      endpoints: listOf(open({ addresses: texts, conditions: freeForm, nodeName: text, targetRef: objectReference })),
      ports: listOf(namedPort),
    },
  }),
  builtIn({
    group: networking,
    kind: 'Ingress',
    plural: 'ingresses',
    shortNames: ['ing'],
    hasStatus: true,
    countsGenerations: true,
    members: {
      spec: plain(
        struct({
          ingressClassName: text,
          defaultBackend: freeForm,
          tls: listOf(struct({ hosts: texts, secretName: text })),
          rules: listOf(open({ host: text, http: freeForm })),
        }),
      ),
      status: plain(struct({ loadBalancer })),
    },
  }),
  builtIn({
    group: networking,
    kind: 'IngressClass',
    plural: 'ingressclasses',
    cluster: true,
    countsGenerations: true,
    members: { spec: plain(struct({ controller: text, parameters: freeForm })) },
  }),
  builtIn({
    group: networking,
    kind: 'NetworkPolicy',
    plural: 'networkpolicies',
    shortNames: ['netpol'],
    countsGenerations: true,
    members: {
      spec: plain(
        struct({
          podSelector: plain(labelSelector),
          policyTypes: texts,
          ingress: listOf(freeForm),
          egress: listOf(freeForm),
        }),
      ),
    },
  }),
];

/** Ports lead to their own number unless told otherwise. */
function prepareService(object: Draft): Draft {
  if (!isObject(object.spec) || !Array.isArray(object.spec.ports)) return object;
  const ports = object.spec.ports.map((port: unknown) =>
    isObject(port) && port.targetPort === undefined ? { ...port, targetPort: port.port } : port,
  );
  return { ...object, spec: { ...object.spec, ports } };
}
