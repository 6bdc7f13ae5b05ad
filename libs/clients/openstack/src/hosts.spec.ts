import { describe, expect, it } from '@jest/globals';
import { removeHost } from './hosts.js';
import { type Answer, nova, Script, sessionOf } from './script.fixtures.js';

const answers: Readonly<Record<string, unknown>> = {
  '/os-services?host=n1': {
    services: [
      { id: 'nova-n1', host: 'n1' },
      { id: 'nova-n10', host: 'n10' },
    ],
  },
  '/v2.0/agents?host=n1': { agents: [{ id: 'agent-n1', host: 'n1' }] },
  '/v2.0/ports?name=octavia-health-manager-port-n1': {
    ports: [
      { id: 'port-n1', name: 'octavia-health-manager-port-n1' },
      { id: 'port-n10', name: 'octavia-health-manager-port-n10' },
    ],
  },
  '/resource_providers?name=n1': { resource_providers: [] },
  '/segments/s1/hosts': { hosts: [{ uuid: 'h1', name: 'n1', on_maintenance: true }] },
  '/segments': { segments: [{ uuid: 's1' }] },
};

/** A cloud that remembers a host in all its parts. */
function aCloud(serves = ['compute', 'network', 'placement', 'instance-ha']): Script {
  const script = new Script(({ method, url }): Answer => {
    if (method === 'DELETE') return [204, {}];
    const found = Object.entries(answers).find(([path]) => url.endsWith(path));
    return found === undefined ? [404, {}] : [200, found[1]];
  });
  script.serves = serves;
  return script;
}

describe('a host that is gone', () => {
  it('is taken out of all that remembers it, and no other', async () => {
    const script = aCloud();
    expect(await removeHost(sessionOf(script), 'n1')).toEqual([
      'nova service nova-n1',
      'network agent agent-n1',
      'port octavia-health-manager-port-n1',
      'host h1 of Masakari',
    ]);
    const deleted = script.requests.filter(({ method }) => method === 'DELETE').map(({ url }) => url);
    expect(deleted).toEqual(
      ['/os-services/nova-n1', '/v2.0/agents/agent-n1', '/v2.0/ports/port-n1', '/segments/s1/hosts/h1'].map(
        (path) => `${nova}${path}`,
      ),
    );
  });

  it('is taken out of a cloud without instance HA too', async () => {
    const removed = await removeHost(sessionOf(aCloud(['compute', 'network', 'placement'])), 'n1');
    expect(removed).not.toContain('host h1 of Masakari');
    expect(removed).toHaveLength(3);
  });
});
