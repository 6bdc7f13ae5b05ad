import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, terminal, transient } from '@keelson/std';
import type { ChartRequest, Charts } from './charts.js';

export interface HelmSettings {
  /** Path or name of the program. */
  readonly binary: string;
  /** Proxy through which charts are fetched, such as the artifact cache. */
  readonly proxy?: string;
}

const renderSeconds = 120;
/** Manifests that are larger are no chart that belongs here: an object of Kubernetes is 1.5 MiB at most. */
const mostBytes = 32 * 1024 * 1024;
const keptOfErrors = 2_000;

interface Ended {
  readonly code: number | undefined;
  readonly out: string;
  readonly errors: string;
}

/** Charts by the `helm` program: fetched and rendered by it, nothing else. It is given no cluster and no shell. */
export function helmCharts(clock: Clock, { binary, proxy }: HelmSettings): Charts {
  let home: string | undefined;
  return {
    render: async (request) => {
      home ??= mkdtempSync(join(tmpdir(), 'keelson-helm-'));
      const env = environment(home, proxy);
      const { code, out, errors } = await run(clock, {
        binary,
        args: argumentsOf(request),
        env,
        input: JSON.stringify(request.values),
      });
      if (code === 0) return out;
      throw failureOf(request, errors);
    },
  };
}

/** Flags first, each in one word: what a spec says is never taken for one. Source: `helm template --help`, Helm 3. */
export function argumentsOf(request: ChartRequest): readonly string[] {
  const { release, namespace, chart, repository, version, kubernetesVersion } = request;
  const isOci = repository?.startsWith('oci://') === true;
  return [
    'template',
    `--namespace=${namespace}`,
    '--include-crds',
    '--no-hooks',
    '--values=-',
    ...(version === undefined ? [] : [`--version=${version}`]),
    ...(repository === undefined || isOci ? [] : [`--repo=${repository}`]),
    ...(kubernetesVersion === undefined ? [] : [`--kube-version=${kubernetesVersion}`]),
    '--',
    release,
    isOci ? `${repository.replace(/\/+$/, '')}/${chart}` : chart,
  ];
}

function environment(home: string, proxy: string | undefined): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    HELM_CACHE_HOME: join(home, 'cache'),
    HELM_CONFIG_HOME: join(home, 'config'),
    HELM_DATA_HOME: join(home, 'data'),
    KUBECONFIG: join(home, 'no-cluster'),
    ...(proxy === undefined ? {} : { HTTPS_PROXY: proxy, HTTP_PROXY: proxy }),
  };
}

interface Command {
  readonly binary: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  readonly input: string;
}

function run(clock: Clock, { binary, args, env, input }: Command): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, [...args], { env, cwd: env['HOME'], stdio: ['pipe', 'pipe', 'pipe'] });
    let out: Buffer[] = [];
    let size = 0;
    let errors = '';
    const timer = clock.schedule(renderSeconds * 1000, () => {
      child.kill('SIGKILL');
      reject(transient(`helm has not ended within ${renderSeconds} s`, { reason: 'ChartUnreachable' }));
    });
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= mostBytes) return void out.push(chunk);
      out = [];
      child.kill('SIGKILL');
      reject(terminal(`the manifests of the chart are larger than ${mostBytes} bytes`, { reason: 'ChartRefused' }));
    });
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString('utf8')).slice(-keptOfErrors)));
    child.on('error', (error) => {
      timer.cancel();
      reject(missing(binary, error));
    });
    child.on('close', (code) => {
      timer.cancel();
      resolve({ code: code ?? undefined, out: Buffer.concat(out).toString('utf8'), errors });
    });
    // A program that ends before it has read its input: its exit code tells why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function missing(binary: string, cause: Error): Error {
  return terminal(
    `the helm binary ${binary} cannot be started (${cause.message}): install Helm 3 where lifecycle-svc runs, or set KEELSON_HELM_BINARY to where it is`,
    { reason: 'HelmMissing', cause },
  );
}

/** Go's and Helm's own words for what may pass by itself. Seen with Helm 3.18. */
const passing =
  /no such host|connection refused|connection reset|timeout|timed out|network is unreachable|: EOF|TLS handshake|50\d |429 |Temporary failure|server misbehaving/i;

function failureOf({ release, chart }: ChartRequest, errors: string): Error {
  const lines = errors.split('\n').filter((line) => line.trim() !== '');
  const said = lines.find((line) => line.startsWith('Error:')) ?? lines.at(-1) ?? 'it gave no reason';
  const what = `release ${release}: helm cannot render the chart ${chart}: ${said.slice(0, 400)}`;
  return passing.test(errors)
    ? transient(what, { reason: 'ChartUnreachable' })
    : terminal(what, { reason: 'ChartRefused' });
}
