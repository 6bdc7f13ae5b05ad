import type { KubeObject } from '@keelson/api';
import type { Cloud, Credential, CredentialNeed } from '../../cloud/cloud.js';
import type { ConfigFile } from '../../cloud/service.js';
import { sharedCredentials } from '../../conventions/credentials.js';
import { brokerRequest, brokerUrl, commandJob, type PreparedJob } from '../../conventions/jobs.js';
import { externalTopics, notificationsHost, notificationUsers } from '../../conventions/notifications.js';
import { messagingInit } from '../../conventions/scripts.js';
import type { Chart } from '../../render/chart.js';
import { script, textFile } from '../../render/files.js';
import { externalBroker, externalClientCertificate, externalServerCertificate } from '../../names.js';
import { networkPolicy, service } from '../../render/network.js';

/** What nobody has fetched after this is thrown away: readers may come and go as they like. */
const timeToLiveMs = 120_000;
const tlsPort = 5671;

/** True where topics are offered outside the cluster. */
export function isOfferedOutside({ spec }: Pick<Cloud, 'spec'>): boolean {
  return externalTopics(spec).length > 0;
}

/** Users of notifications; outside, brokers and readers show each other certificates of authorities of their own. */
export function notificationCredentials(cloud: Pick<Cloud, 'spec'>): readonly CredentialNeed[] {
  const domain = cloud.spec.public_domain_name;
  const names = [`${externalBroker}.${domain}`, externalBroker];
  const certificates: readonly CredentialNeed[] = [
    {
      sort: 'certificate',
      name: externalServerCertificate,
      commonName: `${externalBroker}.${domain}`,
      dnsNames: names,
    },
    { sort: 'certificate', name: externalClientCertificate, commonName: 'notifications', dnsNames: [] },
  ];
  return [...notificationUsers(cloud.spec).map(({ need }) => need), ...(isOfferedOutside(cloud) ? certificates : [])];
}

/** Makes the virtual host of notifications, its users and the age at which messages go; undefined where nobody reads. */
export function notificationsJob(chart: Chart): PreparedJob | undefined {
  const users = notificationUsers(chart.cloud.spec);
  if (users.length === 0) return undefined;
  const { secrets } = chart.cloud;
  const base = brokerUrl(chart, 'rabbitmq');
  const admin = secrets.user(sharedCredentials.messagingAdmin);
  const put = (path: string, body: object): string[] => requestLines(base, admin, path, body);
  const age = { pattern: '.*', definition: { 'message-ttl': timeToLiveMs }, 'apply-to': 'queues', priority: 0 };
  const requests = [
    put(`/vhosts/${notificationsHost}`, {}),
    put(`/policies/${notificationsHost}/age`, age),
    ...users.flatMap(({ need, writes }) => {
      const { username, password } = secrets.user(need.name);
      const user = encodeURIComponent(username);
      return [
        put(`/users/${user}`, { password, tags: '' }),
        put(`/permissions/${notificationsHost}/${user}`, { configure: '.*', write: writes, read: '.*' }),
      ];
    }),
  ];
  const secret = 'rabbitmq-notifications-init';
  const lines = requests.flatMap((request, index) => [...(index === 0 ? [] : ['next']), ...request]);
  const files = [textFile(chart, { secret, path: '/etc/rabbitmq-admin/requests' }, lines)];
  const program = { ...script(chart, 'rabbit-init.sh', messagingInit), configMap: `${secret}-bin` };
  const job = commandJob(chart, {
    name: secret,
    component: 'notifications-init',
    image: 'rabbitmq',
    files,
    scripts: [program],
    command: [program.path],
  });
  return { job, files, scripts: [program] };
}

function requestLines(base: string, admin: Credential, path: string, body: object): string[] {
  return [...brokerRequest(base, admin, ['PUT', path, body]), 'retry = 30', 'retry-delay = 5', 'retry-all-errors'];
}

/** The broker's own certificate and whom it lets in by theirs. */
export function externalFiles(chart: Chart): readonly ConfigFile[] {
  if (!isOfferedOutside(chart.cloud)) return [];
  const { secrets } = chart.cloud;
  const own = secrets.certificate(externalServerCertificate);
  const pem = (name: string, text: string): ConfigFile =>
    textFile(chart, { path: `/etc/rabbitmq/${name}` }, text.trimEnd().split('\n'));
  return [
    pem('external.crt', own.certificate),
    pem('external.key', own.key),
    pem('external-clients.crt', secrets.certificate(externalClientCertificate).authority),
  ];
}

/** Only by TLS and with a certificate. */
export const externalSettings: Readonly<Record<string, unknown>> = {
  'listeners.ssl.default': tlsPort,
  'ssl_options.cacertfile': '/etc/rabbitmq/external-clients.crt',
  'ssl_options.certfile': '/etc/rabbitmq/external.crt',
  'ssl_options.keyfile': '/etc/rabbitmq/external.key',
  'ssl_options.verify': 'verify_peer',
  'ssl_options.fail_if_no_peer_cert': true,
};

/** Where readers outside connect. */
export function externalFront(chart: Chart, component: string): readonly KubeObject[] {
  if (!isOfferedOutside(chart.cloud)) return [];
  return [
    service(chart, { name: externalBroker, component, type: 'LoadBalancer', ports: { 'amqp-tls': tlsPort } }),
    ...networkPolicy(chart, component, [{ ports: [tlsPort], from: 'everyone' }]).map((policy) => ({
      ...policy,
      metadata: { ...policy.metadata, name: externalBroker },
    })),
  ];
}
