import { type OpenStackDeployment, OpenStackDeploymentKind, OpenStackDeploymentStatusKind } from '@keelson/api';
import { openstackNews } from '@keelson/contracts';
import type { Machine, StateTable } from '@keelson/reconcile';
import { deploymentFinalizer, removalDeadlineSeconds } from '../removal/removal.plan.js';
import { rolloutMachine } from '../rollout/rollout.states.js';

const hour = 3600;
const everywhere = ['DRAFT', 'APPLYING', 'APPLIED', 'FAILED', 'DELETING'] as const;
export type DeploymentState = (typeof everywhere)[number];
const others = (state: DeploymentState): readonly DeploymentState[] => everywhere.filter((other) => other !== state);

/** How a cloud stands, as the OpenStackDeployment itself tells it: admission reads it from there. */
export const deploymentTable: StateTable<DeploymentState> = {
  kind: OpenStackDeploymentKind.kind,
  initial: 'APPLYING',
  states: {
    DRAFT: { rest: true, meaning: 'nothing is rendered or applied', to: others('DRAFT'), deletable: true },
    APPLYING: {
      meaning: 'the spec is becoming true',
      to: others('APPLYING'),
      deletable: true,
      deadlineSeconds: 12 * hour,
      onDeadline: 'keeps going; the OpenStackDeploymentStatus names what does not get on',
      heartbeat: { sign: 'a change of the OpenStackDeploymentStatus', everySeconds: hour },
      waitsFor: 'the OpenStackDeploymentStatus of the same name',
      abort: 'change the spec back',
    },
    APPLIED: {
      rest: true,
      meaning: 'the spec is true',
      to: others('APPLIED'),
      deletable: true,
      held: {
        unblocks: 'what progress names, which is not healthy or waits for somebody',
        abort:
          'nothing is under way: what runs goes on; a migration of networks ends, or from its second stage on is paused, when its annotation is removed',
      },
    },
    FAILED: {
      rest: true,
      held: {
        unblocks: 'what progress names: a Job or pod that succeeds at last, or a spec that is put right',
        abort: 'change the spec back',
      },
      meaning: 'something needs an operator; what can be tried again is tried on',
      to: others('FAILED'),
      deletable: true,
    },
    DELETING: {
      meaning:
        'what the cloud has outside its namespace, and its locks, are removed; volumes and generated credentials stay',
      to: [],
      deletable: true,
      deadlineSeconds: removalDeadlineSeconds,
      onDeadline: 'it is let go, and an Event names what stays behind; no lock of it holds anything',
      heartbeat: { sign: 'an object that is gone', everySeconds: removalDeadlineSeconds },
      waitsFor: 'the object named in progress to be gone',
      abort: `take the finalizer ${deploymentFinalizer} away; what is left then must be deleted by hand`,
    },
  },
};

export const deploymentMachine: Machine<OpenStackDeployment> = {
  table: deploymentTable,
  stateOf: ({ status }) => status?.state ?? 'APPLYING',
  heardAt: ({ metadata }, reader) => {
    const progress = reader.get(OpenStackDeploymentStatusKind, metadata);
    return progress === undefined ? undefined : rolloutMachine.heardAt?.(progress, reader);
  },
  news: { APPLIED: openstackNews.deployment.applied, FAILED: openstackNews.deployment.failed },
};
