import { operationRequests } from './operations.js';
import { defineNews, type News } from './subject.js';
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

/** Questions that openstack-svc answers. */
export const openstackRequests = {
  deployment: operationRequests('openstack.deployment', 'an OpenStackDeployment'),
  deploymentstatus: operationRequests('openstack.deploymentstatus', 'an OpenStackDeploymentStatus'),
} as const;
