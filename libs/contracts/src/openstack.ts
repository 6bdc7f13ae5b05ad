import { operationRequests } from './operations.js';
import { defineNews, type News } from './subject.js';
import { updateRequests } from './update.js';
import { TransitionSchema, type Transition } from './transition.js';

const news = (subject: string, description: string): News<Transition> =>
  defineNews({ subject, description, schema: TransitionSchema });

/** News of OpenStack clouds. */
export const openstackNews = {
  deployment: {
    applied: news('openstack.deployment.applied', 'A cloud is what its OpenStackDeployment says.'),
    failed: news('openstack.deployment.failed', 'A cloud needs attention.'),
  },
} as const;

/** What is asked of openstack-svc: questions, and its step of an update. */
export const openstackRequests = {
  cluster: updateRequests('openstack'),
  deployment: operationRequests('openstack.deployment', 'an OpenStackDeployment'),
  deploymentstatus: operationRequests('openstack.deploymentstatus', 'an OpenStackDeploymentStatus'),
} as const;
