import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type RedfishClient, redfishClient } from '@keelson/redfish';
import {
  createAuthority,
  isFailure,
  issueCertificate,
  sleep,
  systemClock,
  systemHttp,
  systemRandom,
} from '@keelson/std';
import { type ReportSeen, configUrl, imageUrl, noApi, noChildApi, provisioningService } from '../lab.fixtures.js';
import { type Lab, createLab } from '../lab.js';
import { type Listener, listen } from '../listen/https.js';
import { type FaultKind, faultMenu } from './faults.js';

/** Each fault of the menu as a client meets it through TLS on a socket, and that it is over when it is cleared. */
describe('the fault menu on the wire', () => {
  let lab: Lab;
  let listener: Listener;
  let reports: ReportSeen[];
  const tested = new Set<string>();

  beforeEach(async () => {
    reports = [];
    lab = await createLab({
      seed: 'wire',
      servers: 2,
      clock: systemClock,
      random: systemRandom,
      factor: 4_000,
      http: provisioningService(reports, [], 'install-1'),
      kube: noApi,
      makeChildApi: noChildApi,
    });
    const notBefore = systemClock.now() - 3_600_000;
    const authority = createAuthority({ commonName: 'wire', notBefore, days: 2 });
    const certificate = issueCertificate(authority, {
      commonName: 'wire',
      ipAddresses: ['127.0.0.1'],
      usages: ['server'],
      notBefore,
      days: 2,
    });
    listener = await listen({
      host: '127.0.0.1',
      port: 0,
      certificate,
      handler: (request) => lab.redfish.handle(request),
    });
  });
  afterEach(async () => {
    await listener.close();
    await lab.stop();
  });

  const bmc = (server: string): RedfishClient =>
    redfishClient({
      address: `redfish://127.0.0.1:${listener.port}/redfish/v1/Systems/${server}`,
      username: 'admin',
      password: 'keelson-lab',
      verifyCertificate: false,
      http: systemHttp,
      clock: systemClock,
      random: systemRandom,
    });
  const inject = (kind: FaultKind): (() => void) => {
    tested.add(kind);
    const fault = lab.faults.inject({ kind, servers: ['srv-01'], from: systemClock.now() });
    return () => void lab.faults.clear(fault.id);
  };
  const outcome = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => 'fine',
      (error: unknown) => (isFailure(error) ? error.reason : error),
    );
  const until = async (holds: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 400 && !holds(); turn += 1) await sleep(systemClock, 10);
    expect(holds()).toBe(true);
  };
  const provisionByWire = async (): Promise<void> => {
    const client = bmc('srv-01');
    await client.insertMedia('Cd', imageUrl);
    await client.insertMedia('Config', configUrl);
    await client.setBootOverride('Cd', { enabled: 'Once', mode: 'UEFI' });
    await client.power('On');
  };
  const stage = (): string | undefined => lab.servers.get('srv-01')?.state.stage;

  it.each([
    ['bmcUnreachable', 'BMCUnreachable'],
    ['bmcWrongPassword', 'BMCAuthenticationFailed'],
  ] as const)('%s', async (kind, reason) => {
    const clear = inject(kind);
    expect([await outcome(bmc('srv-01').getSystem()), await outcome(bmc('srv-02').getSystem())]).toEqual([
      reason,
      'fine',
    ]);
    clear();
    expect(await outcome(bmc('srv-01').getSystem())).toBe('fine');
  });

  it('bmcErrors: some requests get 503 and Retry-After, others an answer', async () => {
    inject('bmcErrors');
    const url = `https://127.0.0.1:${listener.port}/redfish/v1/Systems/srv-01`;
    const headers = { authorization: `Basic ${Buffer.from('admin:keelson-lab').toString('base64')}` };
    const answers = await Promise.all(
      Array.from({ length: 60 }, () =>
        systemHttp({ method: 'GET', url, headers, timeoutMs: 5_000, tls: { verify: false } }),
      ),
    );
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.headers['retry-after'] ?? ''}`.trim()))).toEqual(
      new Set(['200', '503 5']),
    );
  });

  it('bmcSlow: the answer comes after the patience of any client', async () => {
    const clear = inject('bmcSlow');
    const url = `https://127.0.0.1:${listener.port}/redfish/v1/Systems/srv-01`;
    const asked = systemHttp({ method: 'GET', url, timeoutMs: 700, tls: { verify: false } });
    expect(await outcome(asked)).toBe('Timeout');
    clear();
  });

  it('powerIgnored: the command is accepted and nothing happens', async () => {
    const clear = inject('powerIgnored');
    expect(await outcome(bmc('srv-01').power('On'))).toBe('fine');
    expect((await bmc('srv-01').getSystem()).power).toBe('Off');
    clear();
    await bmc('srv-01').power('On');
    expect((await bmc('srv-01').getSystem()).power).toBe('On');
  });

  it('postHang: the self test never ends, until a reset after the fault', async () => {
    const clear = inject('postHang');
    await bmc('srv-01').power('On');
    await sleep(systemClock, 300);
    expect((await bmc('srv-01').getSystem()).bootProgress).toBe('PrimaryProcessorInitializationStarted');
    clear();
    await bmc('srv-01').power('ForceRestart');
    await until(() => stage() === 'noBootDevice');
  });

  it('diskDies: the installer reports that it failed', async () => {
    inject('diskDies');
    await provisionByWire();
    await until(() => reports.at(-1)?.phase === 'failed');
    expect([reports.at(-1)?.message, stage()]).toEqual([expect.stringContaining('I/O error'), 'failed']);
  });

  it('neverCallsHome: the host is on and nobody hears of it', async () => {
    const clear = inject('neverCallsHome');
    await provisionByWire();
    await until(() => stage() === 'installer');
    await sleep(systemClock, 200);
    expect([reports, (await bmc('srv-01').getSystem()).power]).toEqual([[], 'On']);
    clear();
    await bmc('srv-01').setBootOverride('Cd', { enabled: 'Once', mode: 'UEFI' });
    await bmc('srv-01').power('ForceRestart');
    await until(() => stage() === 'os');
  });

  it('is tested for every fault that a BMC or a provisioning service can meet; the agent has a spec of its own', () => {
    expect(Object.keys(faultMenu).filter((kind) => !tested.has(kind))).toEqual(['agentNetworkLost']);
  });
});
