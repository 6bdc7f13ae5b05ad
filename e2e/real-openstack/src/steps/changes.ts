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

/** New users everywhere, and the old administrator's password is not needed by anything. */
export const rotation: Step = {
  name: 'rotation of credentials',
  needs: [network.name],
  async run({ rollout, api }) {
    const old = rollout.credentials.view.user('keystone-admin').username;
    rollout.rotate('service');
    const pods = await rollout.apply(...laneServices);
    await api().send('GET', 'compute', '/os-services');
    await api().send('GET', 'network', '/v2.0/agents');
    const { username } = rollout.credentials.view.user('nova-identity');
    const { status } = await Api.admin(rollout.credentials.view).token();
    if (status !== 201) throw terminal(`the administrator ${old} gets no token any more: ${status}`);
    return `${pods.length} pods have new users, such as ${username}; APIs answer`;
  },
};

async function apiLog(answer: Promise<{ readonly stdout: string }>): Promise<string> {
  return (await answer).stdout.trim();
}
