import type { KubeObject } from '@keelson/api';
import { terminal } from '@keelson/std';
import { z } from 'zod';

/** What the runner reads of a workload: everything that is rendered, and nothing that Kubernetes knows besides. */

const Command = z.object({ command: z.array(z.string()) });
const ProbeSchema = z.object({
  httpGet: z
    .object({ path: z.string(), port: z.number(), scheme: z.enum(['HTTP', 'HTTPS']).default('HTTP') })
    .optional(),
  tcpSocket: z.object({ port: z.number() }).optional(),
  exec: Command.optional(),
  timeoutSeconds: z.number().default(1),
});
const EnvSchema = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .object({
      secretKeyRef: z.object({ name: z.string(), key: z.string(), optional: z.boolean().optional() }).optional(),
      fieldRef: z.object({ fieldPath: z.string() }).optional(),
    })
    .optional(),
});
const ContainerSchema = z.object({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()),
  env: z.array(EnvSchema).default([]),
  securityContext: z
    .object({
      privileged: z.boolean().optional(),
      allowPrivilegeEscalation: z.boolean().optional(),
      runAsUser: z.number().optional(),
      capabilities: z.object({ add: z.array(z.string()).default([]) }).optional(),
    })
    .prefault({}),
  readinessProbe: ProbeSchema.optional(),
  startupProbe: ProbeSchema.optional(),
  lifecycle: z.object({ preStop: z.object({ exec: Command }).optional() }).prefault({}),
  volumeMounts: z
    .array(
      z.object({
        name: z.string(),
        mountPath: z.string(),
        subPath: z.string().optional(),
        readOnly: z.boolean().optional(),
        mountPropagation: z.enum(['Bidirectional', 'HostToContainer']).optional(),
      }),
    )
    .default([]),
});
const VolumeSchema = z.object({
  name: z.string(),
  secret: z
    .object({ secretName: z.string(), defaultMode: z.number().default(0o644), optional: z.boolean().optional() })
    .optional(),
  configMap: z
    .object({ name: z.string(), defaultMode: z.number().default(0o644), optional: z.boolean().optional() })
    .optional(),
  emptyDir: z.object({}).optional(),
  hostPath: z.object({ path: z.string(), type: z.string().optional() }).optional(),
  persistentVolumeClaim: z.object({ claimName: z.string() }).optional(),
});
const TermSchema = z.object({
  matchExpressions: z.array(
    z.object({
      key: z.string(),
      operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
      values: z.array(z.string()).default([]),
    }),
  ),
});
const PodSpecSchema = z.object({
  initContainers: z.array(ContainerSchema).default([]),
  containers: z.array(ContainerSchema),
  volumes: z.array(VolumeSchema).default([]),
  hostNetwork: z.boolean().default(false),
  hostPID: z.boolean().default(false),
  securityContext: z.object({ fsGroup: z.number().optional() }).prefault({}),
  terminationGracePeriodSeconds: z.number().default(30),
  affinity: z
    .object({
      nodeAffinity: z
        .object({
          requiredDuringSchedulingIgnoredDuringExecution: z.object({ nodeSelectorTerms: z.array(TermSchema) }),
        })
        .optional(),
    })
    .prefault({}),
});
const TemplateSchema = z.object({
  metadata: z.object({
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: PodSpecSchema,
});
const WorkloadSchema = z.object({
  spec: z.object({
    replicas: z.number().default(1),
    serviceName: z.string().optional(),
    podManagementPolicy: z.enum(['OrderedReady', 'Parallel']).default('OrderedReady'),
    template: TemplateSchema,
    volumeClaimTemplates: z.array(z.object({ metadata: z.object({ name: z.string() }) })).default([]),
  }),
});

export type Probe = z.infer<typeof ProbeSchema>;
export type Container = z.infer<typeof ContainerSchema>;
export type Volume = z.infer<typeof VolumeSchema>;
export type PodTemplate = z.infer<typeof TemplateSchema>;

export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

export interface Workload {
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly component: string;
  readonly replicas: number;
  /** Headless Service that names the pods of a StatefulSet. */
  readonly serviceName: string | undefined;
  /** Pods of a StatefulSet that are missing start all at once. */
  readonly startsAtOnce: boolean;
  readonly template: PodTemplate;
  readonly claims: readonly string[];
}

/** The workload that an object is; undefined for all other kinds. @throws Failure terminal when it is not as rendered */
export function workloadOf(object: KubeObject): Workload | undefined {
  const kind = workloadKinds.find((each) => each === object.kind);
  if (kind === undefined) return undefined;
  const parsed = WorkloadSchema.safeParse(object);
  const { name, labels } = object.metadata;
  if (!parsed.success)
    throw terminal(`${object.kind} ${name} cannot be read: ${z.prettifyError(parsed.error)}`, {
      reason: 'BadWorkload',
    });
  const { replicas, serviceName, podManagementPolicy, template, volumeClaimTemplates } = parsed.data.spec;
  return {
    kind,
    name,
    component: labels?.['component'] ?? '',
    replicas,
    serviceName,
    startsAtOnce: kind === 'StatefulSet' && podManagementPolicy === 'Parallel',
    template,
    claims: volumeClaimTemplates.map(({ metadata }) => metadata.name),
  };
}
