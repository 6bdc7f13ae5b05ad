import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ApiClient, ApiProcess, ApiStand } from '@keelson/e2e';
import { startKubeApiserver } from '@keelson/testing/kube-apiserver';
import { freePort } from '@keelson/testing/postgres';

/** Delays of the event loop beyond what a free one shows, in milliseconds, since the look before. */
export interface Stall {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Look {
  readonly stall: Stall;
  /** Bytes in use after a collection. */
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
}

/** A server that is measured. */
export interface Contender {
  readonly client: ApiClient;
  readonly pids: ReadonlyMap<string, number>;
  /** What its process says of itself; undefined when it cannot be asked. */
  look(): Promise<Look | undefined>;
  close(): Promise<void>;
}

const probe = ['--expose-gc', `--import=${join(import.meta.dirname, 'probe.js')}`];

/** Asks a process that runs with the probe. */
function lookAt(one: ApiProcess): () => Promise<Look> {
  let asked = 0;
  return async () => {
    asked += 1;
    one.signal('SIGUSR2');
    const words = `probe {"asked":${asked},`;
    await one.saying(words);
    const said = /^probe (\{.*\}) end$/m.exec(one.said.slice(one.said.lastIndexOf(words)))?.[1];
    if (said === undefined) throw new Error(`the probe said ${one.said.slice(-500)}`);
    return JSON.parse(said) as Look;
  };
}

/** A process that does nothing beside those that are measured: how long the machine itself lets a free event loop wait. */
export async function bystander(): Promise<{ look(): Promise<Look>; close(): Promise<void> }> {
  const program = join(import.meta.dirname, 'idle.js');
  const child = spawn(process.execPath, [...probe, program], { stdio: ['ignore', 'pipe', 'pipe'] });
  const one = new ApiProcess(child, 0);
  await one.saying('idle');
  return {
    look: lookAt(one),
    async close() {
      one.signal('SIGKILL');
      await one.ended;
    },
  };
}

/** apps/kube-api over a PostgreSQL of its own that syncs every commit. */
export async function embedded(): Promise<Contender> {
  const stand = await ApiStand.open({ durable: true });
  const profile = process.env.KEELSON_BENCH_CPU_PROFILE;
  const started = stand.start({
    database: 'postgres',
    port: await freePort(),
    nodeArguments: [...probe, ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`])],
  });
  await started.serving();
  const client = new ApiClient({ port: started.port, credentials: stand.credentials });
  return {
    client,
    pids: new Map([
      ['api', started.pid],
      ['postgres', stand.postgres.pid()],
    ]),
    look: lookAt(started),
    async close() {
      client.close();
      started.signal('SIGTERM');
      await started.ended;
      await stand.close();
    },
  };
}

/** A real kube-apiserver over an etcd that syncs every commit, where KEELSON_KUBE_APISERVER and KEELSON_ETCD name the programs. */
export async function reference(): Promise<Contender | undefined> {
  const { KEELSON_KUBE_APISERVER: apiserver, KEELSON_ETCD: etcd } = process.env;
  if (apiserver === undefined || etcd === undefined) return undefined;
  const server = await startKubeApiserver({ programs: { apiserver, etcd }, asInProduction: true });
  const { certPem: cert, keyPem: key } = server.issue('admin', ['system:masters']);
  const client = new ApiClient({ port: server.port, credentials: { ca: server.authority, cert, key } });
  return {
    client,
    pids: server.pids,
    look: async () => undefined,
    async close() {
      client.close();
      await server.close();
    },
  };
}
