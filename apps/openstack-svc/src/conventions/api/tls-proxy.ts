import type { KubeObject } from '@keelson/api';
import { hasInternalTls, internalAuthority, proxyCertificate } from '../../cloud/internal-tls.js';
import type { ConfigFile } from '../../cloud/service.js';
import type { Chart } from '../../render/chart.js';
import { secretObject, textFile } from '../../render/files.js';
import { internalTlsSecret } from '../../render/network.js';
import type { ContainerPart } from '../../render/pod.js';
import { httpProbe, tcpProbe } from '../probes.js';

const directory = '/etc/tls-proxy';
const pidFile = '/tmp/tls-proxy.pid';
/** An API behind a proxy listens so many ports above its own, where only its pod can reach it. */
const offset = 10_000;

const configPath = (port: number): string => `${directory}/nginx-${port}.conf`;

/** The chart for an API that answers without a proxy, whatever the others do. */
export function withoutProxy(chart: Chart): Chart {
  const { cloud } = chart;
  const { features } = cloud.spec;
  const ssl = { ...features.ssl, tls_proxy: { ...features.ssl.tls_proxy, enabled: false } };
  return { ...chart, cloud: { ...cloud, spec: { ...cloud.spec, features: { ...features, ssl } } } };
}

/** Where the process of an API listens. */
export function listenAddress({ cloud }: Chart, port: number): { readonly address: string; readonly port: number } {
  return hasInternalTls(cloud) ? { address: '127.0.0.1', port: port + offset } : { address: '0.0.0.0', port };
}

/** What the proxy in front of a port reads; nothing while there is none. */
export function tlsProxyFiles(chart: Chart, port: number): readonly ConfigFile[] {
  if (!hasInternalTls(chart.cloud)) return [];
  const { certificate, key } = proxyCertificate(chart.cloud);
  const file = (path: string, lines: readonly string[]): ConfigFile =>
    textFile(chart, { secret: `${chart.name}-tls-proxy`, path }, lines);
  return [
    file(configPath(port), configLines(port, listenAddress(chart, port).port)),
    file(`${directory}/tls.crt`, [certificate.trimEnd()]),
    file(`${directory}/tls.key`, [key.trimEnd()]),
  ];
}

/** How the container of an API is reached: by itself, or through the proxy beside it, which probes then try as well. */
export function reachedAt(
  { cloud }: Chart,
  port: number,
  alivePath?: string,
): Pick<ContainerPart, 'ports' | 'ready' | 'alive' | 'started'> {
  return hasInternalTls(cloud)
    ? httpProbe(port, alivePath, 'HTTPS')
    : { ports: { api: port }, ...httpProbe(port, alivePath) };
}

/** The proxy; none where the API answers for itself. It ends when the requests that it has taken are answered. */
export function tlsProxy({ cloud }: Chart, port: number): readonly ContainerPart[] {
  if (!hasInternalTls(cloud)) return [];
  const path = configPath(port);
  const quit = `sleep 5; nginx -c ${path} -s quit; while [ -e ${pidFile} ]; do sleep 1; done`;
  return [
    {
      name: 'tls-proxy',
      image: 'nginx',
      command: ['nginx', '-c', path, '-g', 'daemon off;'],
      weight: 'proxy',
      ports: { api: port },
      ...tcpProbe(port),
      beforeStop: ['sh', '-c', quit],
    },
  ];
}

/** By which the ingress controller knows the pods behind an Ingress. */
export function internalTls(chart: Chart): readonly KubeObject[] {
  if (!hasInternalTls(chart.cloud)) return [];
  const { certificate, key } = proxyCertificate(chart.cloud);
  const pems = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': internalAuthority(chart.cloud) };
  return [secretObject(chart, internalTlsSecret, pems, 'kubernetes.io/tls')];
}

/** Images are as large as they are, so nothing is kept on the way and nothing is too large; calls may take an hour. */
function configLines(port: number, behind: number): string[] {
  return [
    'worker_processes 2;',
    `pid ${pidFile};`,
    'error_log stderr warn;',
    'events { worker_connections 1024; }',
    'http {',
    '  access_log off;',
    '  server_tokens off;',
    ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((use) => `  ${use}_temp_path /tmp/${use};`),
    '  server {',
    `    listen ${port} ssl;`,
    `    ssl_certificate ${directory}/tls.crt;`,
    `    ssl_certificate_key ${directory}/tls.key;`,
    '    ssl_protocols TLSv1.2 TLSv1.3;',
    '    client_max_body_size 0;',
    '    large_client_header_buffers 8 64k;',
    '    location / {',
    `      proxy_pass http://127.0.0.1:${behind};`,
    '      proxy_http_version 1.1;',
    '      proxy_request_buffering off;',
    '      proxy_buffering off;',
    '      proxy_connect_timeout 10s;',
    '      proxy_read_timeout 3600s;',
    '      proxy_send_timeout 3600s;',
    '      proxy_set_header Host $http_host;',
    '      proxy_set_header Connection "";',
    '      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    '      proxy_set_header X-Forwarded-Proto https;',
    '    }',
    '  }',
    '}',
  ];
}
