import { terminal } from '@keelson/std';
import { Api } from '../cloud/api.js';
import { laneServices } from '../cloud/deployment.js';
import { identity } from './foundation.js';
import { network } from './server.js';
import type { Step } from './step.js';

/** A change of one file rolls the pods that read it, and the process has the new value. */
export const configuration: Step = {
  name: 'changed configuration rolls its pods alone',
  needs: [identity.name],
  async run({ cluster, rollout }) {
    const before = await apiLog(cluster.pod('keystone-api').exec(['grep', '^debug', '/etc/keystone/keystone.conf']));
    rollout.choices = { ...rollout.choices, keystoneLogLevel: 'DEBUG' };
    const pods = await rollout.apply(...laneServices);
    const after = await apiLog(cluster.pod('keystone-api').exec(['grep', '^debug', '/etc/keystone/keystone.conf']));
    const others = pods.filter((name) => !name.startsWith('keystone-'));
    if (others.length > 0) throw terminal(`pods that do not read the file were replaced: ${others.join(', ')}`);
    if (pods.length === 0 || before === after) throw terminal(`keystone still has ${after}`);
    return `${pods.join(', ')} was replaced and no other; ${before} became ${after}`;
  },
};

/** New users everywhere, administrators too, by the stages that openstack-svc renders for it; the old ones are let in no more. */
export const rotation: Step = {
  name: 'rotation of credentials',
  needs: [network.name],
  async run({ cluster, rollout, api }) {
    const { view: before } = rollout.credentials;
    const [admin, nova] = [before.user('keystone-admin'), before.user('nova-database')];
    const pods = await rollout.rotate('admin', 'service');
    await api().send('GET', 'compute', '/os-services');
    await api().send('GET', 'network', '/v2.0/agents');
    const { status } = await new Api(admin, before).token();
    if (status !== 401) throw terminal(`${admin.username} of before the rotation asks for a token and gets ${status}`);
    const users = await cluster
      .pod('mariadb-server')
      .exec(['mariadb', '--defaults-extra-file=/etc/mysql/admin.cnf', '-BNe', 'SELECT User FROM mysql.user']);
    const names = users.stdout.split('\n');
    if (users.code !== 0 || names.includes(nova.username))
      throw terminal(`MariaDB still has ${nova.username}, or says nothing: ${users.stdout}${users.stderr}`);
    const { username } = rollout.credentials.view.user('nova-identity');
    return `${pods.length} pods have new users, such as ${username}; APIs answer, ${admin.username} gets no token, MariaDB has no ${nova.username}`;
  },
};

async function apiLog(answer: Promise<{ readonly stdout: string }>): Promise<string> {
  return (await answer).stdout.trim();
}
