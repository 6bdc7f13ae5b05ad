import { terminal } from '@keelson/std';
import type { Step } from './step.js';

export const infrastructure: Step = {
  name: 'database, broker and caches',
  needs: [],
  async run({ cluster, rollout }) {
    const pods = await rollout.apply('database', 'messaging', 'memcached', 'coordination');
    const status = await cluster
      .pod('mariadb-server')
      .exec(['mariadb', '--defaults-extra-file=/etc/mysql/admin.cnf', '-BNe', 'SELECT VERSION()']);
    if (status.code !== 0) throw terminal(`MariaDB does not answer its administrator: ${status.stderr}`);
    return `${pods.length} pods ready; MariaDB ${status.stdout.trim()}`;
  },
};

export const identity: Step = {
  name: 'keystone and a token',
  needs: [infrastructure.name],
  async run({ rollout, api }) {
    await rollout.apply('identity');
    rollout.begin('image', 'placement', 'networking', 'compute', 'block-storage', 'dns');
    await api().send('GET', 'identity', '/users');
    return 'schema, bootstrap, API; the administrator has a token and may list users';
  },
};
