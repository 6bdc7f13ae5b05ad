import { describe, expect, it } from '@jest/globals';
import { anItem, anLcmMachine } from '../machine/machine.fixtures.js';
import { type ItemValues, isDeployed, isPrepared, renderItem, roleGiven, ucpVersionOf } from './lcmmachine.items.js';

const values: ItemValues = {
  clusterName: 'first',
  clusterNamespace: 'demo',
  machineName: 'cp-1',
  nodeName: 'kaas-node-1',
  machineType: 'control',
  controlPlaneRole: 'init',
  externalEndpoint: 'https://127.20.1.2:6443',
  controlNodeIP: '127.20.0.11',
  nodeIP: '127.20.0.11',
  podCIDR: '10.233.64.0/18',
  serviceCIDR: '10.233.0.0/18',
  dedicatedControlPlane: 'true',
  containerRegistries: '',
  deploymentSecret: 'first-control-deployment',
};
const rendered = (params: Record<string, string>, phase: 'deploy' | 'reconfigure' = 'deploy') =>
  renderItem(anItem('one', phase, params), values, 'abc');

describe('an item of a release', () => {
  it('gets its placeholders filled in, several in one text too', () => {
    expect(rendered({ role: '{{controlPlaneRole}}', at: 'x {{nodeIP}},{{ nodeName }}', plain: '{json: 1}' })).toEqual({
      item: anItem('one', 'deploy', { role: 'init', at: 'x 127.20.0.11,kaas-node-1', plain: '{json: 1}' }),
    });
  });

  it('with a placeholder that nobody knows is an error of the release', () => {
    expect(rendered({ role: '{{controlPlaneRoll}}' })).toEqual({ unknown: 'controlPlaneRoll' });
  });

  it('that reconfigures by the deployment Secret says which content it means, one that deploys does not', () => {
    expect([
      rendered({ secretName: '{{deploymentSecret}}' }, 'reconfigure'),
      rendered({ secretName: '{{deploymentSecret}}' }),
    ]).toEqual([
      { item: anItem('one', 'reconfigure', { secretName: 'first-control-deployment', secretHash: 'abc' }) },
      { item: anItem('one', 'deploy', { secretName: 'first-control-deployment' }) },
    ]);
  });

  it('without params is left alone', () => {
    expect(renderItem(anItem('one', 'prepare'), values, 'abc')).toEqual({ item: anItem('one', 'prepare') });
  });
});

describe('what the items of a machine tell', () => {
  const items = [
    anItem('fetch', 'prepare'),
    anItem('join', 'deploy', { role: 'join', ucp_tag: '3.8.7' }),
    anItem('tune', 'reconfigure'),
  ];

  it.each<[string, string[], [boolean, boolean]]>([
    ['nothing ran', [], [false, false]],
    ['prepared', ['fetch'], [true, false]],
    ['deployed', ['fetch', 'join'], [true, true]],
  ])('%s', (_name, done, expected) => {
    const machine = anLcmMachine('cp-1', items, { done });
    expect([isPrepared(machine), isDeployed(machine)]).toEqual(expected);
  });

  it('reads the role given and the version wanted', () => {
    expect([roleGiven(anLcmMachine('cp-1', items)), ucpVersionOf(items), roleGiven(undefined)]).toEqual([
      'join',
      '3.8.7',
      undefined,
    ]);
  });

  it('without items is neither prepared nor deployed', () => {
    expect([isPrepared(anLcmMachine()), isDeployed(anLcmMachine())]).toEqual([false, false]);
  });
});
