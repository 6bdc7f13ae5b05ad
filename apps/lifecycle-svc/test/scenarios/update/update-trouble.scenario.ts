import { afterEach, describe, expect, it } from '@jest/globals';
import { aGracefulReboot } from '../protocol.js';
import { clusterName } from '../rack/rack.js';
import { Updating, aGroup, kubelets } from './updating.js';

/** Hosts that restart or do not, items and agents that fail. */
describe('an update of the Kubernetes layer in trouble', () => {
  const updating = new Updating();
  const { begin, update, isDone, leafOf, stagesOf } = updating;
  afterEach(() => updating.close());

  it('restarts hosts where the way asks for it and the group allows it; one that never returns stops its group and is named', async () => {
    const { child, rack } = await begin(2, true, aGroup('first-default', 1, 1, true));
    rack.lost.add('srv-4');
    await update();
    await rack.world.until('the host of wk-1 restarts', () => rack.restarts.length > 0, 2 * 3600);
    await rack.world.advance(3600);
    expect([rack.restarts, (await kubelets(child))['wk-2'], await leafOf('Cluster', clusterName)]).toMatchObject([
      ['srv-4'],
      'v1.31.9',
      { kind: 'Agent', name: 'wk-1' },
    ]);
    rack.lost.delete('srv-4');
    await rack.mend('srv-4');
    await rack.world.until('the update is over', isDone, 2 * 3600);
    expect([rack.restarts, (await rack.lcm('wk-2')).spec.rebootRequired]).toEqual([['srv-4', 'srv-5'], false]);
    await rack.allReady(600);
  });

  it('without restarts leaves them to the operator, by name; any restart of a host will do', async () => {
    const { rack } = await begin(2, true, aGroup('first-default', 1, 1));
    await update();
    await rack.world.until('the update is over', isDone, 4 * 3600);
    await rack.allReady(600);
    const due = async (): Promise<unknown> => [
      (await rack.cluster()).status?.providerStatus?.conditions?.find(({ type }) => type === 'RebootMachines'),
      (await rack.machines()).flatMap(({ metadata, status }) =>
        status?.providerStatus?.reboot?.required === true ? [metadata.name] : [],
      ),
    ];
    const all = ['cp-1', 'cp-2', 'cp-3', 'wk-1', 'wk-2'];
    const advice = 'ask for it by a GracefulRebootRequest first';
    await rack.world.advance(300);
    expect([rack.restarts, await due(), (await rack.machine('wk-1')).status?.providerStatus?.reboot]).toEqual([
      [],
      [{ type: 'RebootMachines', ready: false, message: `to be restarted: ${all.join(', ')}; ${advice}` }, all],
      { required: true, reason: 'the update to 21.2.0+26.2 ends with a restart, which is still due' },
    ]);
    rack.cut('srv-4');
    await rack.world.advance(60);
    await rack.mend('srv-4');
    await rack.world.until('the others are left', async () => JSON.stringify(await due()).match(/wk-1/u) === null, 600);
    await rack.allReady(1800);
    await rack.world.apply(aGracefulReboot('wk-2', 'cp-1', 'cp-2', 'cp-3'));
    await rack.world.until('none is left', async () => JSON.stringify(await due()) === '[null,[]]', 2 * 3600);
    expect([...rack.restarts].sort()).toEqual(['srv-1', 'srv-2', 'srv-3', 'srv-5']);
  });

  it('a failing item holds its group; cured, it goes on from there', async () => {
    const { child, rack } = await begin(2);
    rack.failures.set('wk-1/deploy-kubernetes', [1, 1, 1]);
    await update();
    await rack.world.until(
      'the failure is told on the Cluster',
      async () => (await rack.cluster()).status?.progress?.message?.includes('item deploy-kubernetes failed') === true,
      2 * 3600,
    );
    expect((await kubelets(child))['wk-2']).toBe('v1.31.9');
    expect(await stagesOf('wk-1')).toMatchObject({
      'Node workload locks inactive': 'Success',
      'Kubernetes drained': 'Success',
      'Prepare phase done': 'Success',
      'Deploy phase done': expect.stringContaining('item deploy-kubernetes failed'),
      'Reconfigure phase done': 'NotStarted',
    });
    await rack.world.until('the update is over', isDone, 2 * 3600);
  });

  it('the agent of the release comes first; one that never reports is given up, named on the Cluster, and tried again', async () => {
    const { child, rack } = await begin(2);
    const agents = async (): Promise<readonly (string | undefined)[]> =>
      Promise.all(['cp-1', 'wk-1', 'wk-2'].map(async (name) => (await rack.lcm(name)).status?.agentVersion));
    expect(await agents()).toEqual(['1.42.0', '1.42.0', '1.42.0']);
    rack.deadAgents.add('srv-4');
    await update();
    await rack.world.until(
      'it is told on the Cluster',
      async () =>
        (await rack.cluster()).status?.progress?.message?.includes(
          'the agent stays at version 1.42.0 instead of 1.43.0',
        ) === true,
      2 * 3600,
    );
    expect([await agents(), (await kubelets(child))['wk-1'], (await stagesOf('wk-1'))['Agent upgraded']]).toEqual([
      ['1.43.0', '1.42.0', '1.42.0'],
      'v1.31.9',
      expect.stringContaining('it did not report within five minutes'),
    ]);
    rack.deadAgents.clear();
    await rack.world.until('the update is over', isDone, 2 * 3600);
    expect([await agents(), await stagesOf('wk-1')]).toMatchObject([
      ['1.43.0', '1.43.0', '1.43.0'],
      { 'Agent upgraded': 'Success' },
    ]);
  });
});
