import { describe, expect, it } from '@jest/globals';
import { partsOn, reportsOn, switchPart, volumesOn } from './host-parts.js';
import { type Answer, Script, sessionOf } from './script.fixtures.js';

/** A cloud of these services that answers each path with a body. */
function aCloud(answers: Readonly<Record<string, unknown>>, serves = ['network', 'volumev3', 'instance-ha']): Script {
  const script = new Script(({ url }): Answer => {
    const found = Object.entries(answers).find(([path]) => url.includes(path));
    return found === undefined ? [404, {}] : [200, found[1]];
  });
  script.serves = serves;
  return script;
}

const reason = 'maintenance of the node: n1';
const agent = (id: string, more: object = {}) => ({
  id,
  host: 'n1',
  agent_type: 'L3 agent',
  admin_state_up: true,
  description: null,
  ...more,
});
const service = (host: string, more: object = {}) => ({ binary: 'cinder-volume', host, status: 'enabled', ...more });

describe('the parts of a host', () => {
  it('are what takes work now, and what was taken out for this very reason', async () => {
    const script = aCloud({
      '/agents?host=n1': {
        agents: [
          agent('takes work'),
          agent('ours', { admin_state_up: false, description: reason }),
          agent('an operator’s', { admin_state_up: false, description: 'noisy' }),
          agent('binds ports', { agent_type: 'Open vSwitch agent' }),
          agent('elsewhere', { host: 'n10' }),
        ],
      },
      '/os-services': {
        services: [
          service('n1@lvm'),
          service('n1@ours', { status: 'disabled', disabled_reason: reason }),
          service('n1@theirs', { status: 'disabled' }),
          service('n10@lvm'),
          service('n1', { binary: 'cinder-scheduler' }),
        ],
      },
      '/segments/s1/hosts': {
        hosts: [
          { uuid: 'h1', name: 'n1', on_maintenance: false },
          { uuid: 'h2', name: 'n2', on_maintenance: false },
        ],
      },
      '/segments': { segments: [{ uuid: 's1' }] },
    });
    expect((await partsOn(sessionOf(script), 'n1', reason)).map(({ id }) => id)).toEqual([
      'takes work',
      'ours',
      'cinder-volume/n1@lvm',
      'cinder-volume/n1@ours',
      's1/h1',
    ]);
  });

  it('are none where the cloud has no such services', async () => {
    expect(await partsOn(sessionOf(aCloud({}, [])), 'n1', reason)).toEqual([]);
  });

  it('are switched by their own API, and one that is gone is passed over', async () => {
    const script = aCloud({ '/segments/s1/hosts/h1': {} });
    const part = { type: 'instance-ha', id: 's1/h1', what: 'its instance HA' } as const;
    await switchPart(sessionOf(script), part, false, reason);
    expect(script.requests.at(-1)).toMatchObject({ method: 'PUT', body: '{"host":{"on_maintenance":true}}' });
    await switchPart(sessionOf(script), { ...part, id: 's1/gone' }, true, '');
  });
});

describe('what is heard of the parts of a host', () => {
  it('is what their APIs say, also of those that are switched off, and of others than this host nothing', async () => {
    const script = aCloud({
      '/agents?host=n1': {
        agents: [
          agent('off', { admin_state_up: false, alive: true }),
          agent('dead', { agent_type: 'Open vSwitch agent', alive: false }),
          agent('elsewhere', { host: 'n10', alive: false }),
        ],
      },
      '/os-services': {
        services: [
          service('n1@lvm', { state: 'down', status: 'disabled' }),
          service('n1@nfs', { state: 'up' }),
          service('n1', { binary: 'cinder-scheduler', state: 'down' }),
        ],
      },
    });
    const reports = await reportsOn(sessionOf(script), 'n1');
    expect(reports.map(({ part, isAlive }) => [part.what, isAlive])).toEqual([
      ['the L3 agent', true],
      ['the Open vSwitch agent', false],
      ['cinder-volume of n1@lvm', false],
      ['cinder-volume of n1@nfs', true],
    ]);
    expect(await reportsOn(sessionOf(aCloud({}, [])), 'n1')).toEqual([]);
  });
});

describe('the volumes of a host', () => {
  const volume = (n: number, at: string | null) => ({ id: `v${n}`, name: null, 'os-vol-host-attr:host': at });

  it('are found page by page, by the host before the back end', async () => {
    const all = Array.from({ length: 1200 }, (_, n) => volume(n, n === 1100 ? 'n1@lvm#pool' : 'n10@lvm#pool'));
    const script = new Script(({ url }) => {
      const marker = new URL(url).searchParams.get('marker');
      const from = marker === null ? 0 : all.findIndex(({ id }) => id === marker) + 1;
      return [200, { volumes: all.slice(from, from + 1000) }];
    });
    script.serves = ['volumev3'];
    expect(await volumesOn(sessionOf(script), 'n1')).toEqual([{ id: 'v1100', name: '' }]);
  });

  it('are none where the cloud has no volumes', async () => {
    expect(await volumesOn(sessionOf(aCloud({}, [])), 'n1')).toEqual([]);
  });
});
