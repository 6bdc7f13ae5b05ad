import type { StructuralSchema } from '../../schema/schema.js';
import {
  anything,
  flag,
  freeForm,
  integer,
  labels,
  listOf,
  localReference,
  long,
  mapList,
  mapOf,
  open,
  plain,
  quantity,
  struct,
  text,
  texts,
} from '../schema-words.js';

/** A member that is filled when absent. */
export const withDefault = (schema: StructuralSchema, value: unknown): StructuralSchema => ({
  ...schema,
  default: value,
});

export const protocol = withDefault(text, 'TCP');

const containerPorts = mapList(
  ['containerPort', 'protocol'],
  struct({ name: text, containerPort: integer, hostPort: integer, hostIP: text, protocol }),
);
const env = mapList(['name'], struct({ name: text, value: text, valueFrom: freeForm }));
const resources = struct({
  limits: mapOf(quantity),
  requests: mapOf(quantity),
  claims: mapList(['name'], struct({ name: text, request: text })),
});

const container = open({
  name: text,
  image: text,
  command: texts,
  args: texts,
  workingDir: text,
  imagePullPolicy: text,
  terminationMessagePath: text,
  terminationMessagePolicy: text,
  ports: containerPorts,
  env,
  envFrom: listOf(freeForm),
  resources: plain(resources),
  volumeMounts: mapList(['mountPath'], open({ name: text, mountPath: text, readOnly: flag, subPath: text })),
  volumeDevices: mapList(['devicePath'], struct({ name: text, devicePath: text })),
  livenessProbe: freeForm,
  readinessProbe: freeForm,
  startupProbe: freeForm,
  lifecycle: freeForm,
  securityContext: freeForm,
  restartPolicy: text,
});

const containers = mapList(['name'], container);

/** core/v1 PodSpec: what merges by key is described, the rest is kept as it comes. */
export const podSpec = plain(
  open({
    containers,
    initContainers: containers,
    ephemeralContainers: containers,
    volumes: mapList(['name'], open({ name: text })),
    restartPolicy: withDefault(text, 'Always'),
    terminationGracePeriodSeconds: withDefault(long, 30),
    activeDeadlineSeconds: long,
    dnsPolicy: withDefault(text, 'ClusterFirst'),
    schedulerName: withDefault(text, 'default-scheduler'),
    nodeName: text,
    nodeSelector: { ...labels, 'x-kubernetes-map-type': 'atomic' },
    affinity: freeForm,
    tolerations: listOf(struct({ key: text, operator: text, value: text, effect: text, tolerationSeconds: long })),
    topologySpreadConstraints: mapList(
      ['topologyKey', 'whenUnsatisfiable'],
      open({ maxSkew: integer, topologyKey: text, whenUnsatisfiable: text }),
    ),
    serviceAccountName: text,
    serviceAccount: text,
    automountServiceAccountToken: flag,
    hostNetwork: flag,
    hostPID: flag,
    hostIPC: flag,
    hostname: text,
    subdomain: text,
    hostAliases: mapList(['ip'], struct({ ip: text, hostnames: texts })),
    imagePullSecrets: mapList(['name'], localReference),
    securityContext: withDefault(freeForm, {}),
    priorityClassName: text,
    priority: integer,
    preemptionPolicy: text,
    runtimeClassName: text,
    overhead: mapOf(quantity),
  }),
);

/** core/v1 PodTemplateSpec. Its metadata is no object's. */
export const podTemplate = plain(
  struct({
    metadata: plain(open({ labels, annotations: labels, name: text, creationTimestamp: anything })),
    spec: podSpec,
  }),
);
