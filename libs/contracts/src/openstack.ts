import { z } from 'zod';
import { operationRequests } from './operations.js';
import { defineNews, defineRequest, type News } from './subject.js';
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

export const HypervisorsQuerySchema = z.object({ namespace: z.string(), cluster: z.string() });
export const HypervisorsAnswerSchema = z.object({
  /** None where the cluster carries no cloud. */
  hosts: z.array(
    z.object({
      /** Node of the cluster. */
      node: z.string(),
      /** Availability zone of the cloud: instances of one can move to any other host of it. */
      zone: z.string(),
      /** Memory that instances take, MiB. */
      usedMiB: z.number(),
      /** Memory that instances could still take, MiB. */
      freeMiB: z.number(),
    }),
  ),
});
export type HypervisorsAnswer = z.infer<typeof HypervisorsAnswerSchema>;

/** What is asked of openstack-svc: questions, and its step of an update. */
export const openstackRequests = {
  cluster: updateRequests('openstack'),
  hypervisor: {
    list: defineRequest({
      subject: 'openstack.hypervisor.list',
      description: 'What the hypervisors of the cloud in a cluster carry, and what they could.',
      query: HypervisorsQuerySchema,
      answer: HypervisorsAnswerSchema,
    }),
  },
  deployment: operationRequests('openstack.deployment', 'an OpenStackDeployment'),
  deploymentstatus: operationRequests('openstack.deploymentstatus', 'an OpenStackDeploymentStatus'),
  outage: operationRequests('openstack.outage', 'a NodeOutage'),
  balancer: operationRequests('openstack.balancer', 'a DRBConfig'),
} as const;
