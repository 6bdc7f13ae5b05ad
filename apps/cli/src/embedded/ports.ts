import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

/** What listens where on this machine. All on 127.0.0.1. */
export interface Ports {
  readonly kubeApi: number;
  readonly postgres: number;
  readonly nats: number;
  readonly redfish: number;
  readonly labControl: number;
  readonly baremetalHttp: number;
  readonly baremetalGrpc: number;
  readonly lifecycleHttp: number;
  readonly lifecycleGrpc: number;
  readonly releaseHttp: number;
  readonly releaseGrpc: number;
  readonly openstackHttp: number;
  readonly openstackGrpc: number;
  readonly sdnHttp: number;
  readonly sdnGrpc: number;
}

/** What each port is for, as told to people. */
export const portPurpose: Readonly<Record<keyof Ports, string>> = {
  kubeApi: 'Kubernetes API',
  postgres: 'PostgreSQL',
  nats: 'NATS',
  redfish: "the lab's Redfish service",
  labControl: "the lab's control",
  baremetalHttp: 'baremetal-svc HTTP',
  baremetalGrpc: 'baremetal-svc gRPC',
  lifecycleHttp: 'lifecycle-svc HTTP',
  lifecycleGrpc: 'lifecycle-svc gRPC',
  releaseHttp: 'release-svc HTTP',
  releaseGrpc: 'release-svc gRPC',
  openstackHttp: 'openstack-svc HTTP',
  openstackGrpc: 'openstack-svc gRPC',
  sdnHttp: 'sdn-svc HTTP',
  sdnGrpc: 'sdn-svc gRPC',
};

/**
 * The ports of this installation. `KEELSON_PORT_BASE=n` moves all of them to n, n+1, … so that several installations can
 * stand beside each other; the examples expect the defaults.
 *
 * @throws RangeError when the variable is no usable number
 */
export function choosePorts(environment: NodeJS.ProcessEnv = process.env): Ports {
  const text = environment.KEELSON_PORT_BASE;
  if (text === undefined || text === '') {
    return {
      kubeApi: 16443,
      postgres: 15432,
      nats: 14222,
      redfish: 8443,
      labControl: 18190,
      baremetalHttp: 18101,
      baremetalGrpc: 18102,
      lifecycleHttp: 18111,
      lifecycleGrpc: 18112,
      releaseHttp: 18121,
      releaseGrpc: 18122,
      openstackHttp: 18131,
      openstackGrpc: 18132,
      sdnHttp: 18141,
      sdnGrpc: 18142,
    };
  }
  const base = Number(text);
  if (!Number.isInteger(base) || base < 1024 || base > 65000)
    throw new RangeError(`KEELSON_PORT_BASE must be a whole number from 1024 to 65000, was ${text}`);
  return {
    kubeApi: base,
    postgres: base + 1,
    nats: base + 2,
    redfish: base + 3,
    labControl: base + 4,
    baremetalHttp: base + 5,
    baremetalGrpc: base + 6,
    lifecycleHttp: base + 7,
    lifecycleGrpc: base + 8,
    releaseHttp: base + 9,
    releaseGrpc: base + 10,
    openstackHttp: base + 11,
    openstackGrpc: base + 12,
    sdnHttp: base + 13,
    sdnGrpc: base + 14,
  };
}

/** The ports that something else listens on, each with a sentence that names the port, its purpose and who has it. */
export async function takenPorts(ports: Ports): Promise<string[]> {
  const names = Object.keys(ports) as (keyof Ports)[];
  const free = await Promise.all(names.map((name) => isFree(ports[name])));
  return names
    .filter((_, i) => free[i] === false)
    .map(
      (name) =>
        `port ${ports[name]} (for ${portPurpose[name]}) is taken by ${holderOf(ports[name]) ?? 'a process this user may not see'}`,
    );
}

/** A port that nothing listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** `name (pid n)` of the process that listens on a TCP port, from /proc; undefined when it cannot be seen. */
export function holderOf(port: number): string | undefined {
  const inodes = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6']
      .filter((file) => existsSync(file))
      .flatMap((file) => listeningInodes(file, port)),
  );
  if (inodes.size === 0) return undefined;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (socketsOf(pid).some((inode) => inodes.has(inode)))
      return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (pid ${pid})`;
  }
  return undefined;
}

function listeningInodes(file: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${wanted}`) === true && fields[3] === '0A')
    .map((fields) => fields[9] ?? '');
}

function socketsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
