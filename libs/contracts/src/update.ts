import { ReferenceSchema } from '@keelson/api';
import { z } from 'zod';
import { defineRequest, type Request } from './subject.js';

/** Which step of which update of which cluster. */
export const UpdateQuerySchema = z.object({
  namespace: z.string(),
  cluster: z.string(),
  /** ClusterUpdatePlan by name. */
  plan: z.string(),
  /** Id of the step, such as `ceph` or `k8s-workers-<group>`. */
  step: z.string(),
  /** ClusterRelease by name. */
  target: z.string(),
});
export type UpdateQuery = z.infer<typeof UpdateQuerySchema>;

export const UpdateOrderSchema = UpdateQuerySchema.extend({
  /** Why nothing further of the step may begin, such as an alert; what has begun is finished. */
  hold: z.string().optional(),
});
export type UpdateOrder = z.infer<typeof UpdateOrderSchema>;

/** What is done to a machine in its update, one after the other. */
export const UpdatePhaseSchema = z.object({
  /** Such as `drain`, `os`, `kubernetes` or `uncordon`. */
  name: z.string(),
  startedAt: z.string(),
  /** Absent while it goes on. */
  finishedAt: z.string().optional(),
});
export type UpdatePhase = z.infer<typeof UpdatePhaseSchema>;

/** How one machine of a step stands. */
export const UpdatedMachineSchema = z.object({
  name: z.string(),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'down']),
  /** Machines of one class take about as long as each other. */
  machineClass: z.string().optional(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  /** Why it waits or failed. */
  message: z.string().optional(),
  /** Of the update it is in, or was in last. */
  phases: z.array(UpdatePhaseSchema).optional(),
});
export type UpdatedMachine = z.infer<typeof UpdatedMachineSchema>;

export const UpdateAnswerSchema = z.object({
  /** NotAsked: nobody has asked for the step yet, or the owner has lost it: ask (again). */
  status: z.enum(['NotAsked', 'InProgress', 'Completed', 'Failed']),
  /** A sentence: what it is at, what it waits for, why it failed. */
  message: z.string(),
  waitingOn: ReferenceSchema.optional(),
  /** The hold that is in force. */
  hold: z.string().optional(),
  machines: z.array(UpdatedMachineSchema).optional(),
  /** How much of the step's work is done, where its owner counts it and it goes by no machines: pods of all pods, for one. */
  percent: z.int().min(0).max(100).optional(),
});
export type UpdateAnswer = z.infer<typeof UpdateAnswerSchema>;

/** What release-svc asks of a service that owns steps of an update. */
export interface UpdateRequests {
  /** Please bring this about; asking again changes nothing. */
  readonly update: Request<UpdateOrder, UpdateAnswer>;
  /** How it stands; changes nothing. */
  readonly progress: Request<UpdateQuery, UpdateAnswer>;
}

/** `root` is the first word of the service's subjects. */
export function updateRequests(root: string): UpdateRequests {
  return {
    update: defineRequest({
      subject: `${root}.cluster.update`,
      description: 'Please bring one step of an update about. Asking again changes nothing but the hold.',
      query: UpdateOrderSchema,
      answer: UpdateAnswerSchema,
    }),
    progress: defineRequest({
      subject: `${root}.cluster.progress`,
      description: 'How one step of an update stands, machine by machine where it goes by machines.',
      query: UpdateQuerySchema,
      answer: UpdateAnswerSchema,
    }),
  };
}

/** Who is asked for the steps of an update. A service takes part by answering, and lists the requests as its own. */
export const updateOwners = {
  openstack: { service: 'openstack-svc', requests: updateRequests('openstack') },
  ceph: { service: 'storage-svc', requests: updateRequests('storage') },
  kubernetes: { service: 'lifecycle-svc', requests: updateRequests('lifecycle') },
} as const;

export const AlertsQuerySchema = z.object({ namespace: z.string(), cluster: z.string() });
export const AlertsAnswerSchema = z.object({
  /** Names of alerts that fire now. */
  firing: z.array(z.string()),
});

/** Which alerts of a cluster fire: observability-svc answers. */
export const alertsRequest = defineRequest({
  subject: 'observability.alert.list',
  description: 'Which alerts of a cluster fire now.',
  query: AlertsQuerySchema,
  answer: AlertsAnswerSchema,
});

/**
 * Services that update plans ask and that are not here yet: without an answer a step is blocked and names them. Where there
 * is a lab, its stand-ins answer in their place and say so. A service that comes is taken off this list.
 */
export const absentServices = {
  storage: { service: updateOwners.ceph.service, requests: updateOwners.ceph.requests },
  observability: { service: 'observability-svc', requests: { list: alertsRequest } },
} as const;

/** A step of an update in time, a machine in it, or a phase of a machine. */
export const UpdateSpanSchema = z.object({
  name: z.string(),
  what: z.enum(['step', 'machine', 'phase']),
  /** Of a phase: its machine. */
  of: z.string().optional(),
  startedAt: z.string(),
  /** Absent while it goes on. */
  finishedAt: z.string().optional(),
  failed: z.boolean(),
  /** What the plan said it would take, such as 1h30m0s. */
  estimated: z.string().optional(),
});
export type UpdateSpan = z.infer<typeof UpdateSpanSchema>;

/** An update as it went: what `keelson history update/<name>` draws. */
export const UpdateTimelineSchema = z.object({
  plan: z.string(),
  cluster: z.string(),
  source: z.string(),
  target: z.string(),
  status: z.string(),
  message: z.string().optional(),
  /** When all of it will be over, as a sentence, where that is foretold. */
  outlook: z.string().optional(),
  now: z.string(),
  spans: z.array(UpdateSpanSchema),
});
export type UpdateTimeline = z.infer<typeof UpdateTimelineSchema>;
