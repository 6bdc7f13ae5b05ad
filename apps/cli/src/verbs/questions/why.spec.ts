import { describe, expect, it } from '@jest/globals';
import { whyText } from './why.js';

describe('why as text', () => {
  it('shows the chain and, of every link, since when, until when, what unblocks and what aborts', () => {
    const text = whyText({
      chain: [
        {
          object: { kind: 'Cluster', namespace: 'demo', name: 'first' },
          state: 'Degraded',
          message: 'not ready: wk-1',
          outlook: 'likely over at 2026-01-01T05:00Z',
          deadline: '2026-01-02T00:00:00Z',
          heartbeat: { sign: "a look at the cluster's API", everySeconds: 30 },
          unblocks: 'its machines',
          abort: 'delete the machine that does not recover',
        },
        {
          object: { kind: 'LCMMachine', namespace: 'demo', name: 'wk-1' },
          state: 'Deploy',
          since: '2026-01-01T00:00:00Z',
          deadline: '2026-01-01T02:00:00Z',
          reason: 'WorkloadLocked',
          message: 'openstack has not released its lock',
          unblocks: 'its agent',
          heartbeat: { sign: "the agent's Lease", everySeconds: 120, lastSeen: '2026-01-01T00:59:00Z' },
          lookedAt: '2026-01-01T01:00:00Z',
          abort: 'delete the Machine',
        },
        { object: { kind: 'NodeWorkloadLock', name: 'openstack-1' } },
      ],
    });
    expect(text.split('\n')).toEqual([
      'Cluster demo/first is Degraded: not ready: wk-1',
      "   likely over at 2026-01-01T05:00Z; until 2026-01-02T00:00:00Z; sign of life: a look at the cluster's API, at least every 30 s; unblocked by: its machines; aborted by: delete the machine that does not recover",
      '  └─ LCMMachine demo/wk-1 is Deploy since 2026-01-01T00:00:00Z: WorkloadLocked: openstack has not released its lock',
      '    └─ NodeWorkloadLock openstack-1',
      '',
      'holds it      NodeWorkloadLock openstack-1',
      'since         2026-01-01T00:00:00Z',
      'deadline      2026-01-01T02:00:00Z',
      "sign of life  the agent's Lease, at least every 120 s, last seen 2026-01-01T00:59:00Z",
      'looked at     2026-01-01T01:00:00Z',
      'unblocks it   its agent',
      'aborts it     delete the Machine',
    ]);
  });

  it('says that nothing holds what is at rest', () => {
    const object = { kind: 'Cluster', namespace: 'demo', name: 'first' };
    const link = { object, state: 'Ready', since: '2026-01-01T00:00:00Z', message: 'it waits for nothing' };
    expect(whyText({ chain: [link] })).toContain('holds it      nothing');
    expect(whyText({ chain: [{ ...link, reason: 'NotCommenced' }] })).toContain('holds it      Cluster demo/first');
  });

  it('tells of what waits where the last object has no standing of its own', () => {
    const text = whyText({
      chain: [
        {
          object: { kind: 'MCCUpgrade', name: 'mcc-upgrade' },
          state: 'UpToDate',
          since: '2026-01-01T00:00:00Z',
          reason: 'ReleasePulledBack',
          message: '2.32.0 is pulled back',
          unblocks: 'what its message names',
        },
        { object: { kind: 'KaaSRelease', name: 'kaas-2-32-0' }, message: 'it waits for nothing' },
      ],
    });
    expect(text.split('\n').slice(-3)).toEqual([
      'holds it      KaaSRelease kaas-2-32-0',
      'since         2026-01-01T00:00:00Z',
      'unblocks it   what its message names',
    ]);
  });

  it('says so when nothing is known', () => {
    expect(whyText({ chain: [] })).toBe('nothing is known of it');
  });
});
