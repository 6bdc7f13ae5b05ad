import { describe, expect, it } from '@jest/globals';
import { rfc3339 } from '@keelson/std';
import { aHostWorld, allDone, answered, now } from './host.fixtures.js';
import { instanceIdOf, tokenOf } from './host.installation.js';
import { hostStatus } from './host.status.js';

describe('the status of a host', () => {
  it('does not change when nothing changes', () => {
    const world = aHostWorld('available');
    const first = hostStatus(world, allDone(world));
    const again = {
      ...world,
      now: now + 60_000,
      host: { ...world.host, ...(first === undefined ? {} : { status: first }) },
    };
    expect(hostStatus(again, { ...allDone(again), now: now + 60_000 })).toEqual(first);
  });

  it('remembers when an installation began, and what is installed', () => {
    const image = { url: 'https://images/ubuntu.iso' };
    const world = aHostWorld('available', { spec: { image } });
    expect(hostStatus(world, allDone(world))).toMatchObject({
      provisioning: { state: 'provisioning', image },
      operationHistory: { provision: { start: rfc3339(now) } },
    });
  });

  it('counts a failed installation and keeps its cause', () => {
    const world = aHostWorld('provisioning', {
      spec: { image: { url: 'https://images/ubuntu.iso' } },
      installation: {
        ...aHostWorld('available').installation,
        report: { instanceId: 'i-1', phase: 'failed', message: 'disk is dead' },
      },
    });
    expect(hostStatus(world, allDone(world))).toMatchObject({
      provisioning: { state: 'deprovisioning' },
      provisioningFailCount: 1,
      errorType: 'provisioning error',
      errorMessage: 'The installer failed: disk is dead.',
      operationalStatus: 'error',
    });
  });

  it('says of the hardware what the BMC says', () => {
    const world = aHostWorld('available', { bmc: answered({ health: 'Critical' }) });
    expect(hostStatus(world, allDone(world))?.conditions?.find(({ type }) => type === 'Healthy')).toMatchObject({
      status: 'False',
      reason: 'CriticalError',
    });
  });
});

describe('tokens', () => {
  const key = Buffer.alloc(32, 1);
  const begun = (start: string) =>
    aHostWorld('provisioning', { status: { operationHistory: { provision: { start } } } }).host;

  it('are of one use, one host and one installation', () => {
    const host = begun('2026-01-01T00:00:00Z');
    const other = { ...host, metadata: { ...host.metadata, uid: 'u-2' } };
    const all = [
      tokenOf(key, 'media', host),
      tokenOf(key, 'callback', host),
      tokenOf(key, 'media', other),
      tokenOf(key, 'media', begun('2026-01-01T00:00:01Z')),
      tokenOf(Buffer.alloc(32, 2), 'media', host),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(instanceIdOf(begun('2026-01-01T00:00:00Z'))).toBe(instanceIdOf(host));
  });
});
