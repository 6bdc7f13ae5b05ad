import { isObject } from '../../schema/schema.js';
import { type FieldError, fieldInvalid, fieldRequired } from '../../status/status.js';
import type { Draft, Stored } from '../../storage/stored.js';
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

/** Services and what leads to them. Addresses are given out and lead nowhere: there is no network behind this API. */
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
    strategy: { prepare: prepareService, validate: serviceErrors },
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

/** Ports lead to their own number unless told otherwise; what was given out stays when it is not mentioned. */
function prepareService(object: Draft, before: Stored | undefined): Draft {
  if (!isObject(object.spec)) return object;
  const old = isObject(before?.spec) && before.spec.type !== 'ExternalName' ? before.spec : {};
  const { clusterIP, clusterIPs } = object.spec.clusterIP ? object.spec : old;
  const given = object.spec.type === 'ExternalName' || clusterIP === undefined ? {} : { clusterIP, clusterIPs };
  if (!Array.isArray(object.spec.ports)) return { ...object, spec: { ...object.spec, ...given } };
  const oldPorts = Array.isArray(old.ports) ? old.ports.filter(isObject) : [];
  const hasNodePorts = object.spec.type === 'NodePort' || object.spec.type === 'LoadBalancer';
  const ports = object.spec.ports.map((port: unknown) => {
    if (!isObject(port)) return port;
    const known = oldPorts.find((one) => one.port === port.port && one.protocol === port.protocol);
    const nodePort = hasNodePorts ? (port.nodePort ?? known?.nodePort) : undefined;
    return { ...port, targetPort: port.targetPort ?? port.port, ...(nodePort === undefined ? {} : { nodePort }) };
  });
  return { ...object, spec: { ...object.spec, ...given, ports } };
}

function serviceErrors(object: Draft, before: Stored | undefined): FieldError[] {
  const [now, then] = [isObject(object.spec) ? object.spec : {}, before?.spec];
  if (before === undefined) return portErrors(now);
  if (!isObject(then) || !then.clusterIP || now.type === 'ExternalName') return [];
  if (now.clusterIP === then.clusterIP) return [];
  return [fieldInvalid('spec.clusterIPs[0]', now.clusterIP, 'may not change once set')];
}

/** Only services that are names of something else, or have no address, may do without ports. */
function portErrors(spec: Draft): FieldError[] {
  const { ports, clusterIP, type } = spec;
  const isFree = type === 'ExternalName' || clusterIP === 'None' || (Array.isArray(ports) && ports.length > 0);
  return isFree ? [] : [fieldRequired('spec.ports')];
}
