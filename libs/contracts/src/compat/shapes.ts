import type { z } from 'zod';
import { PowerAnswerSchema, PowerQuerySchema } from '../baremetal.js';
import {
  HistoryAnswerSchema,
  HistoryQuerySchema,
  ObjectQuerySchema,
  PlanAnswerSchema,
  WhyAnswerSchema,
} from '../operations.js';
import { HypervisorsAnswerSchema, HypervisorsQuerySchema } from '../openstack.js';
import { TransitionSchema } from '../transition.js';
import {
  AlertsAnswerSchema,
  AlertsQuerySchema,
  UpdateAnswerSchema,
  UpdateOrderSchema,
  UpdateQuerySchema,
} from '../update.js';

/** One form of message, and messages of it: one with as little as may be, and enough others to hold every member and word. */
export interface Shape {
  readonly schema: z.ZodType;
  readonly messages: readonly unknown[];
}

const transition = {
  id: 'u1/Ready/1',
  kind: 'Machine',
  name: 'wk-1',
  uid: 'u1',
  from: 'Deploy',
  to: 'Ready',
  at: '2026-01-01T00:00:00.000Z',
  why: 'its node is Ready',
};
const object = { namespace: 'demo', name: 'wk-1' };
const reference = { kind: 'Machine', ...object };
const step = {
  namespace: 'demo',
  cluster: 'first',
  plan: 'first-21.2.0',
  step: 'k8s-workers-first-default',
  target: 'mosk-b',
};
const machine = {
  name: 'wk-1',
  state: 'running',
  machineClass: 'compute',
  startedAt: '2026-01-01T00:00:00Z',
  finishedAt: '2026-01-01T01:00:00Z',
  message: 'is drained',
};
const link = {
  object: reference,
  state: 'Ready',
  since: '2026-01-01T00:00:00Z',
  deadline: '2026-01-01T01:00:00Z',
  reason: 'Draining',
  message: 'its node is drained',
  unblocks: 'its pods',
  heartbeat: { sign: 'a look at them', everySeconds: 60 },
  abort: 'unset maintenance',
};

/** Every form of message that goes over the bus, by name. */
export const shapes: Readonly<Record<string, Shape>> = {
  Transition: { schema: TransitionSchema, messages: [transition, { ...transition, namespace: 'demo' }] },
  ObjectQuery: { schema: ObjectQuerySchema, messages: [{ name: 'license' }, object] },
  HistoryQuery: { schema: HistoryQuerySchema, messages: [{ name: 'license' }, { ...object, limit: 10 }] },
  HistoryAnswer: { schema: HistoryAnswerSchema, messages: [{ transitions: [] }, { transitions: [transition] }] },
  PlanAnswer: {
    schema: PlanAnswerSchema,
    messages: ['settled', 'progressing', 'waiting', 'blocked'].map((type) => ({
      lines: ['cordon node n1'],
      steps: [{ type: 'cordon', text: 'cordon node n1' }],
      outcome: type === 'settled' ? { type } : { type, on: reference, reason: 'Draining', message: 'it is drained' },
    })),
  },
  WhyAnswer: {
    schema: WhyAnswerSchema,
    messages: [{ chain: [] }, { chain: [{ object: { kind: 'BMC', name: 'x' } }, link] }],
  },
  UpdateQuery: { schema: UpdateQuerySchema, messages: [step] },
  UpdateOrder: { schema: UpdateOrderSchema, messages: [step, { ...step, hold: 'an alert fires' }] },
  UpdateAnswer: {
    schema: UpdateAnswerSchema,
    messages: [
      ...['NotAsked', 'InProgress', 'Completed', 'Failed'].map((status) => ({ status, message: 'is at it' })),
      {
        status: 'InProgress',
        message: 'is at it',
        waitingOn: reference,
        hold: 'an alert fires',
        percent: 35,
        machines: [machine, ...['waiting', 'done', 'failed', 'down'].map((state) => ({ name: 'wk-2', state }))],
      },
    ],
  },
  HypervisorsQuery: { schema: HypervisorsQuerySchema, messages: [{ namespace: 'demo', cluster: 'first' }] },
  HypervisorsAnswer: {
    schema: HypervisorsAnswerSchema,
    messages: [{ hosts: [] }, { hosts: [{ node: 'kaas-node-1', zone: 'nova', usedMiB: 1024, freeMiB: 2048 }] }],
  },
  PowerQuery: { schema: PowerQuerySchema, messages: [{ namespace: 'demo', cluster: 'first', node: 'kaas-node-1' }] },
  PowerAnswer: {
    schema: PowerAnswerSchema,
    messages: [
      { power: 'Off', staysOff: true, message: 'the BMC of BareMetalHost demo/srv-01 says Off, and it stays so' },
      ...['On', 'Unknown'].map((power) => ({ power, staysOff: false, message: 'it may run' })),
    ],
  },
  AlertsQuery: { schema: AlertsQuerySchema, messages: [{ namespace: 'demo', cluster: 'first' }] },
  AlertsAnswer: { schema: AlertsAnswerSchema, messages: [{ firing: [] }, { firing: ['Down'] }] },
};

/** Name of the form that a declaration uses; undefined for one that is missing here. */
export function shapeOf(schema: z.ZodType): string | undefined {
  return Object.keys(shapes).find((name) => shapes[name]?.schema === schema);
}
