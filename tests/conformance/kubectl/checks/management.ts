import { expect } from '@jest/globals';
import { type Check, check } from './check.js';

/** What the management profile does not serve, and says so. */
export const management: readonly Check[] = [
  check('there are no workloads but Deployments, which are records of the services', async (k) => {
    for (const kind of ['pods', 'statefulsets', 'services'])
      expect((await k.attempt(`get ${kind}`)).err).toBe(`error: the server doesn't have a resource type "${kind}"\n`);
    expect((await k.attempt('get deployments')).err).toBe('No resources found in work namespace.\n');
    expect((await k.attempt('run single --image nginx')).code).toBe(1);
  }),
  check('cluster-info finds no services to show', async (k) => expect((await k.attempt('cluster-info')).code).toBe(1)),
];
