import type { KubeObject } from '@keelson/api';
import type { Cloud } from '../../cloud/cloud.js';
import type { ConfigFile, RenderedService } from '../../cloud/service.js';
import { hosts } from '../../conventions/addresses.js';
import { assemble } from '../../conventions/assemble.js';
import { databaseUser } from '../../conventions/credentials.js';
import { commandJob, databaseInitJob } from '../../conventions/jobs.js';
import { tcpProbe } from '../../conventions/probes.js';
import { type Chart, chartOf, internalHost, replicasOf } from '../../render/chart.js';
import { iniFile, textFile } from '../../render/files.js';
import type { Workload } from '../../render/kubernetes.js';
import { networkPolicy, service } from '../../render/network.js';
import { deployment, disruptionBudget } from '../../render/workloads.js';
import { powerDnsApiPort, powerDnsHost } from './config.js';

const component = 'server';

/** PowerDNS with its zones in the cloud's own database: an internal name for Designate, an outside address for the world. */
export function powerDns(cloud: Cloud): RenderedService {
  const chart = chartOf(cloud, 'dns', 'powerdns');
  const database = databaseInitJob(chart, 'powerdns', ['powerdns']);
  const [settings, client] = powerDnsFiles(chart);
  return assemble(chart, {
    files: [settings, client],
    front: powerDnsFront(chart),
    jobs: [database],
    stages: [
      ['powerdns-accounts', 'complete', [database.job]],
      ['powerdns-schema', 'complete', [schema(chart, client)]],
      ['powerdns', 'ready', [server(chart, settings)]],
    ],
  });
}

function powerDnsFiles(chart: Chart): readonly [settings: ConfigFile, client: ConfigFile] {
  const { secrets } = chart.cloud;
  const { username, password } = secrets.user(databaseUser('powerdns'));
  const host = internalHost(chart.cloud, hosts.database);
  const settings = {
    launch: 'gmysql',
    'gmysql-host': host,
    'gmysql-dbname': 'powerdns',
    'gmysql-user': username,
    'gmysql-password': password,
    'local-address': '0.0.0.0',
    'local-port': 53,
    api: 'yes',
    'api-key': secrets.key('powerdns-api'),
    webserver: 'yes',
    'webserver-address': '0.0.0.0',
    'webserver-port': powerDnsApiPort,
    'webserver-allow-from': '0.0.0.0/0',
    primary: 'no',
    secondary: 'yes',
    'allow-notify-from': '0.0.0.0/0',
    // Designate's worker says that a zone has changed, mdns is the master of it: a notice only makes PowerDNS ask its master.
    'trusted-notification-proxy': '0.0.0.0/0',
    'xfr-cycle-interval': 5,
    'cache-ttl': 20,
    'query-cache-ttl': 20,
    'negquery-cache-ttl': 20,
    'disable-syslog': 'yes',
  };
  return [
    textFile(
      chart,
      { path: '/etc/powerdns/pdns.conf' },
      Object.entries(settings).map(([name, value]) => `${name}=${value}`),
    ),
    iniFile(
      chart,
      { secret: 'powerdns-client', path: '/etc/powerdns/client.cnf' },
      {
        client: { host, user: username, password, database: 'powerdns' },
      },
    ),
  ];
}

/** The schema that PowerDNS ships, unless its tables are there. */
function schema(chart: Chart, client: ConfigFile): Workload {
  const mysql = `mariadb --defaults-extra-file=${client.path}`;
  const file = '/usr/share/pdns-backend-mysql/schema/schema.mysql.sql';
  return commandJob(chart, {
    name: 'powerdns-db-sync',
    component: 'powerdns-db-sync',
    image: 'powerdns',
    files: [client],
    command: ['sh', '-ec', `${mysql} -e 'SELECT 1 FROM domains LIMIT 1' >/dev/null 2>&1 || ${mysql} < ${file}`],
  });
}

function server(chart: Chart, settings: ConfigFile): Workload {
  return deployment(chart, {
    name: powerDnsHost,
    component,
    roles: ['controller'],
    files: [settings],
    containers: [
      {
        name: 'powerdns',
        image: 'powerdns',
        command: ['pdns_server', '--daemon=no', '--guardian=no'],
        rights: ['NET_BIND_SERVICE'],
        ports: { 'dns-udp': 53, dns: 53, api: powerDnsApiPort },
        ...tcpProbe(53),
      },
    ],
  });
}

function powerDnsFront(chart: Chart): KubeObject[] {
  const { protocol, external_ip: address } = chart.cloud.spec.features.designate.backend;
  const outside = {
    ...(protocol === 'tcp' ? {} : { 'dns-udp': 53 }),
    ...(protocol === 'udp' ? {} : { dns: 53 }),
  };
  return [
    service(chart, { name: powerDnsHost, component, ports: { 'dns-udp': 53, dns: 53, api: powerDnsApiPort } }),
    service(chart, {
      name: `${powerDnsHost}-external`,
      component,
      type: 'LoadBalancer',
      ports: outside,
      ...(address === undefined ? {} : { loadBalancerIP: address }),
    }),
    ...networkPolicy(chart, component, [
      { ports: [53], from: 'everyone' },
      { ports: [powerDnsApiPort], from: 'cloud' },
    ]),
    ...disruptionBudget(chart, component, replicasOf(chart, component)),
  ];
}
