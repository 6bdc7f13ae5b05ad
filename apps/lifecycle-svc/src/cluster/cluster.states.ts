import { type Cluster, ClusterKind } from '@keelson/api';
import { lifecycleNews } from '@keelson/contracts';
import type { Machine as StateMachine, StateTable } from '@keelson/reconcile';

export type ClusterPhase = 'Pending' | 'Blocked' | 'Deploying' | 'Ready' | 'Degraded' | 'Deleting';

const hour = 3600;

/** The life of a Cluster, kept in `status.providerStatus.phase`: MOSK has no such field, only `ready`. */
export const clusterTable: StateTable<ClusterPhase> = {
  kind: ClusterKind.kind,
  initial: 'Pending',
  states: {
    Pending: {
      meaning: 'gets its address and its certificates',
      to: ['Blocked', 'Deploying', 'Ready', 'Deleting'],
      deletable: true,
      deadlineSeconds: 600,
      onDeadline: 'keeps trying and says what is missing: an address in the LBhost subnet, as a rule',
      heartbeat: { sign: 'a look at the subnets and Secrets', everySeconds: 60 },
      waitsFor: 'the IPaddr of its API',
      abort: 'delete the Cluster; nothing of it exists yet',
    },
    Blocked: {
      rest: true,
      meaning:
        'its spec names something that does not exist or cannot be; a change of the spec, or the missing object, lets it go on',
      to: ['Pending', 'Deploying', 'Ready', 'Degraded', 'Deleting'],
      deletable: true,
      held: {
        unblocks: 'the object that its message names, or a spec that names another',
        abort: 'delete the Cluster; until then nothing of it is changed',
      },
    },
    Deploying: {
      meaning: 'waits for its machines to become nodes, or, without machines, for the services that it is made of',
      to: ['Ready', 'Blocked', 'Pending', 'Deleting'],
      deadlineSeconds: 8 * hour,
      onDeadline: 'keeps waiting and names the machines that are not ready',
      heartbeat: { sign: 'a change of one of its machines', everySeconds: hour },
      waitsFor: 'its Machines',
      abort: 'delete its Machines, then the Cluster; what runs on them is lost',
    },
    Ready: {
      rest: true,
      meaning: 'its API answers and all of its machines are ready, or, without machines, its services serve',
      to: ['Degraded', 'Blocked', 'Deleting'],
      held: {
        unblocks: 'what its message names: its maintenance, its update, or what holds that up',
        abort:
          'it serves meanwhile; withdraw what its message names: the maintenance, or steps of the update that are not begun',
      },
    },
    Degraded: {
      meaning: 'was ready; its API is silent or a machine is not ready',
      to: ['Ready', 'Blocked', 'Deleting'],
      deadlineSeconds: 24 * hour,
      onDeadline: 'keeps waiting and names what is not ready',
      heartbeat: { sign: 'a look at its API', everySeconds: 60 },
      waitsFor: 'the API of the cluster or one of its Machines',
      abort: 'delete the machine that does not recover',
    },
    Deleting: {
      meaning: 'waits until its machines are deleted, then removes what was made for it',
      to: [],
      deletable: true,
      deadlineSeconds: 24 * hour,
      onDeadline: 'keeps waiting and names the machines that are left',
      heartbeat: { sign: 'a machine that goes', everySeconds: 2 * hour },
      waitsFor: 'the deletion of its Machines',
      abort: 'cannot be taken back: Kubernetes deletes for good',
    },
  },
};

export function phaseOf(cluster: Cluster): ClusterPhase {
  const phase = cluster.status?.providerStatus?.['phase'];
  return typeof phase === 'string' && isPhase(phase) ? phase : clusterTable.initial;
}

function isPhase(text: string): text is ClusterPhase {
  return Object.hasOwn(clusterTable.states, text);
}

export const clusterMachine: StateMachine<Cluster> = {
  table: clusterTable,
  stateOf: phaseOf,
  news: {
    Deploying: lifecycleNews.cluster.created,
    Ready: lifecycleNews.cluster.ready,
    Degraded: lifecycleNews.cluster.degraded,
    Blocked: lifecycleNews.cluster.failed,
  },
};
