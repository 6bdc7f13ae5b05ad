import { operationRequests } from './operations.js';
import { defineNews, type News } from './subject.js';
import { TransitionSchema, type Transition } from './transition.js';
import { updateRequests } from './update.js';

const news = (subject: string, description: string): News<Transition> =>
  defineNews({ subject, description, schema: TransitionSchema });

/** News of clusters and their machines. */
export const lifecycleNews = {
  cluster: {
    created: news('lifecycle.cluster.created', 'A cluster has its endpoint and waits for machines.'),
    ready: news('lifecycle.cluster.ready', 'Everything of a cluster is ready.'),
    degraded: news('lifecycle.cluster.degraded', 'A cluster that was ready no longer is.'),
    failed: news('lifecycle.cluster.failed', 'A cluster needs attention.'),
    deleted: news('lifecycle.cluster.deleted', 'A cluster and all that belonged to it is gone.'),
  },
  machine: {
    bound: news('lifecycle.machine.bound', 'A machine has taken its host.'),
    provisioned: news('lifecycle.machine.provisioned', 'The host of a machine runs and its agent has called home.'),
    deployed: news('lifecycle.machine.deployed', 'A machine is a node of its cluster.'),
    ready: news('lifecycle.machine.ready', 'A machine is ready.'),
    disabled: news('lifecycle.machine.disabled', 'A machine is taken out of the life cycle of its cluster.'),
    failed: news('lifecycle.machine.failed', 'A machine needs attention.'),
    deleted: news('lifecycle.machine.deleted', 'A machine is gone and its host is given back.'),
  },
  lcmmachine: {
    registered: news('lifecycle.lcmmachine.registered', 'The agent of a host reported for the first time.'),
    prepared: news('lifecycle.lcmmachine.prepared', 'All prepare items of a host are done.'),
    deployed: news('lifecycle.lcmmachine.deployed', 'All deploy items of a host are done.'),
    ready: news('lifecycle.lcmmachine.ready', 'All items of a host are done.'),
    failed: news('lifecycle.lcmmachine.failed', 'An item of a host keeps failing, or its agent is silent.'),
  },
} as const;

/** Questions that lifecycle-svc answers. */
export const lifecycleRequests = {
  cluster: { ...operationRequests('lifecycle.cluster', 'a Cluster'), ...updateRequests('lifecycle') },
  machine: operationRequests('lifecycle.machine', 'a Machine'),
  lcmcluster: operationRequests('lifecycle.lcmcluster', 'an LCMCluster'),
  lcmmachine: operationRequests('lifecycle.lcmmachine', 'an LCMMachine'),
  lcmclusterstate: operationRequests('lifecycle.lcmclusterstate', 'an LCMClusterState'),
  gracefulreboot: operationRequests('lifecycle.gracefulreboot', 'a GracefulRebootRequest'),
  helmbundle: operationRequests('lifecycle.helmbundle', 'a HelmBundle'),
} as const;
