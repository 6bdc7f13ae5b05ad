import type { AgentConfig } from '@keelson/agent';
import type { KubeApi } from '@keelson/kube';
import { type Http, VirtualClock, notFound, seededRandom, transient, writeIso9660 } from '@keelson/std';
import { type RedfishClient, redfishClient } from '@keelson/redfish';
import type { MakeChildApi } from './clusters/child-api.js';
import { type Lab, type LabOptions, createLab } from './lab.js';

/** A lab of three servers under virtual time, and what stands around it. */
export interface LabWorld {
  readonly clock: VirtualClock;
  readonly lab: Lab;
  readonly reports: ReportSeen[];
  /** What the provisioning service answers to the next reports; 200 when used up. */
  readonly answers: number[];
  readonly bmc: (server: string, account?: { username?: string; password?: string }) => RedfishClient;
  /** Runs a call while virtual time passes, until it is done. */
  readonly during: <T>(call: Promise<T>) => Promise<T>;
}

export interface ReportSeen {
  readonly token: string | undefined;
  readonly phase: string;
  readonly percent?: number;
  readonly message?: string;
  readonly bootId: string;
}

export const imageUrl = 'http://provisioning.test/media/t0/image.raw';
export const configUrl = 'http://provisioning.test/media/t0/config.iso';
export const callbackToken = 'callback-secret';

export async function aLab(options: Partial<LabOptions> & { instanceId?: string } = {}): Promise<LabWorld> {
  const clock = options.clock instanceof VirtualClock ? options.clock : new VirtualClock();
  const reports: ReportSeen[] = [];
  const answers: number[] = [];
  const lab = await createLab({
    seed: 'spec',
    servers: 3,
    clock,
    random: seededRandom('spec/lab'),
    http: provisioningService(reports, answers, options.instanceId ?? 'install-1'),
    kube: noApi,
    makeChildApi: noChildApi,
    ...options,
  });
  const during = async <T>(call: Promise<T>): Promise<T> => {
    let isDone = false;
    const watched = call.finally(() => (isDone = true));
    watched.catch(() => undefined);
    for (let turn = 0; turn < 20_000 && !isDone; turn += 1) await clock.advance(50);
    return watched;
  };
  const bmc: LabWorld['bmc'] = (server, account = {}) =>
    redfishClient({
      address: `redfish://bmc.test:8443/redfish/v1/Systems/${server}`,
      username: account.username ?? 'admin',
      password: account.password ?? 'keelson-lab',
      http: lab.redfish.http,
      clock,
      random: seededRandom('spec/client'),
    });
  return { clock, lab, reports, answers, bmc, during };
}

/** The other end of the hosts' wires: an image, a configuration drive, and a call-back. */
export function provisioningService(reports: ReportSeen[], answers: number[], instanceId: string): Http {
  return async (request) => {
    if (request.method === 'POST') {
      const report: unknown = JSON.parse(String(request.body));
      reports.push({ token: request.headers?.['authorization'], ...asReport(report) });
      return { status: answers.shift() ?? 200, headers: {}, body: new Uint8Array() };
    }
    if (request.url === imageUrl) return { status: 200, headers: {}, body: new Uint8Array() };
    if (request.url === configUrl) return { status: 200, headers: {}, body: configDrive(instanceId) };
    throw notFound(`no such medium: ${request.url}`);
  };
}

function asReport(value: unknown): Omit<ReportSeen, 'token'> {
  if (typeof value !== 'object' || value === null || !('phase' in value) || !('bootId' in value))
    throw new TypeError('no report');
  return { ...value, phase: String(value.phase), bootId: String(value.bootId) };
}

/** A NoCloud drive as baremetal-svc makes it. */
export function configDrive(instanceId: string): Uint8Array {
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  return writeIso9660({
    volumeId: 'cidata',
    files: {
      'meta-data': text(
        `instance-id: ${instanceId}\nlocal-hostname: kaas-node-1\nkeelson-callback-url: http://provisioning.test/callback\nkeelson-callback-token: ${callbackToken}\n`,
      ),
      'network-config': text(
        'version: 2\nethernets:\n  lcm:\n    addresses: [127.20.0.21/24]\n    routes: [{to: default, via: 127.20.0.1}]\n',
      ),
      'user-data': text('#cloud-config\nwrite_files: []\n'),
    },
  });
}

export const noApi = (_config: AgentConfig): KubeApi => {
  throw transient('this world has no management API');
};

export const noChildApi: MakeChildApi = () => {
  throw transient('this world has no child clusters');
};

/** Puts both media in, sets the override and starts the server: what baremetal-svc does to provision. */
export async function provision({ during, bmc }: LabWorld, server: string): Promise<void> {
  const client = bmc(server);
  await during(client.insertMedia('Cd', imageUrl));
  await during(client.insertMedia('Config', configUrl));
  await during(client.setBootOverride('Cd', { enabled: 'Once', mode: 'UEFI' }));
  await during(client.power('On'));
}
