import { join } from 'node:path';
import { runProgram } from './simulate.js';
import { UsageError, type Verb } from '../verb.js';

/** Subjects that can be rendered, and the program of the service that does it. */
const programs: Readonly<Record<string, string>> = {
  openstack: join('apps', 'openstack-svc', 'dist', 'render.main.js'),
};

export const render: Verb = {
  name: 'render',
  summary: 'every configuration file and workload that a resource on standard input would make, as JSON',
  usage: [
    'openstack             an OpenStackDeployment in YAML or JSON',
    '--service NAME        only this service, such as identity or compute',
    '--ceph                as in a cluster whose Ceph has handed over its keys',
  ],
  async run([subject, ...rest]) {
    const program = subject === undefined ? undefined : programs[subject];
    if (program === undefined) throw new UsageError(`render needs one of: ${Object.keys(programs).join(', ')}`);
    return runProgram(program, rest);
  },
};
