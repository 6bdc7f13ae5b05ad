import { describe, expect, it } from '@jest/globals';
import { hostNotifications, notifyHostDown, protectedHost } from './instance-ha.js';
import { Script, sessionOf } from './script.fixtures.js';

function aMasakari(answers: Readonly<Record<string, unknown>>, serves = ['instance-ha']): Script {
  const script = new Script(({ url }) => {
    const found = Object.entries(answers).find(([path]) => url.includes(path));
    return found === undefined ? [404, {}] : [200, found[1]];
  });
  script.serves = serves;
  return script;
}

describe('instance HA', () => {
  it('protects the hosts that are in one of its segments', async () => {
    const masakari = aMasakari({
      '/segments/s1/hosts': { hosts: [{ uuid: 'h1', name: 'n1', on_maintenance: false }] },
      '/segments/s2/hosts': { hosts: [{ uuid: 'h2', name: 'n2', on_maintenance: true }] },
      '/segments': { segments: [{ uuid: 's1' }, { uuid: 's2' }] },
    });
    const session = sessionOf(masakari);
    expect(await protectedHost(session, 'n2')).toEqual({ id: 's2/h2', uuid: 'h2', isOnMaintenance: true });
    expect(await protectedHost(session, 'n3')).toBeUndefined();
    expect(await protectedHost(sessionOf(aMasakari({}, [])), 'n1')).toBeUndefined();
  });

  it('is told of a host at the time at which it went down, and tells that time again', async () => {
    const notification = { notification_uuid: 'n', status: 'new', generated_time: '2026-01-01T00:02:00.000000' };
    const masakari = aMasakari({ '/notifications': { notifications: [notification] } });
    const session = sessionOf(masakari);
    const since = Date.parse('2026-01-01T00:02:00Z');
    await notifyHostDown(session, 'n1', since);
    expect(JSON.parse(String(masakari.requests.at(-1)?.body))).toEqual({
      notification: {
        type: 'COMPUTE_HOST',
        hostname: 'n1',
        generated_time: '2026-01-01T00:02:00.000',
        payload: { event: 'STOPPED', cluster_status: 'OFFLINE', host_status: 'NORMAL' },
      },
    });
    expect(await hostNotifications(session, 'h1')).toEqual([{ id: 'n', generatedAt: since, status: 'new' }]);
    expect(masakari.requests.at(-1)?.url).toContain('type=COMPUTE_HOST&source_host_uuid=h1');
  });
});
