import type { ConfigFile } from '../../cloud/service.js';
import { type Chart } from '../../render/chart.js';
import { iniFile } from '../../render/files.js';
import type { IniSection } from '../../render/ini.js';
import { listenAddress, tlsProxyFiles } from './tls-proxy.js';

/** A request that is under way when a pod ends may take so long; `graceSeconds` of the pods of APIs are more. */
const requestSeconds = 45;

export interface UwsgiPart {
  readonly path: string;
  readonly port: number;
  /** The WSGI program, such as `/usr/bin/keystone-wsgi-public`. */
  readonly program: string;
  /** 1 for what uses eventlet (nova, cinder, designate). */
  readonly threads: number;
  readonly processes?: number;
  readonly more?: IniSection;
}

/**
 * How uWSGI serves an API. `Connection: close` is there because without it clients meet reset connections; `need-app` ends a
 * process whose program fails at import. Asked to end, it answers what it has been asked, while `die-on-term` would drop that.
 * What the proxy in front of it reads comes with the file.
 */
export function uwsgiFile(chart: Chart, part: UwsgiPart): ConfigFile {
  const { path, port, program, threads, processes = processesOf(chart, threads), more = {} } = part;
  const key = path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\.ini$/u, '')
    .replaceAll('-', '_');
  const listens = listenAddress(chart, port);
  const file = iniFile(
    chart,
    { path, values: [key] },
    {
      uwsgi: {
        'http-socket': `${listens.address}:${listens.port}`,
        'wsgi-file': program,
        plugins: 'python3',
        master: true,
        'lazy-apps': true,
        'hook-master-start': 'unix_signal:15 gracefully_kill_them_all',
        'worker-reload-mercy': requestSeconds,
        'no-orphans': true,
        'thunder-lock': true,
        'enable-threads': true,
        'need-app': true,
        'buffer-size': 65535,
        processes,
        threads,
        'log-master': true,
        'add-header': 'Connection: close',
        'log-x-forwarded-for': true,
        ...more,
      },
    },
  );
  return { ...file, companions: tlsProxyFiles(chart, port) };
}

/** What serves one request a process needs two at the least: nova asks itself, and a slow call must not hold up all others. */
function processesOf(chart: Chart, threads: number): number {
  const { size } = chart.cloud.spec;
  if (size === 'single') return threads === 1 ? 2 : 1;
  return size === 'tiny' ? 2 : 4;
}

/** The command that serves such a file. */
export function uwsgiCommand(path: string): readonly string[] {
  return ['uwsgi_python3', '--ini', path];
}
