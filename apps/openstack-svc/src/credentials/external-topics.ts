import type { Secret } from '@keelson/api';
import type { Cloud } from '../cloud/cloud.js';
import { externalTopics, externalUser, notificationsHost, topicName } from '../conventions/notifications.js';
import { externalClientCertificate, externalServerCertificate, namespaces } from '../names.js';
import { secretFor } from './secret-of.js';

/** On the Secrets of topics: those of topics that are no longer offered are found by it. */
export const externalTopicLabel = 'openstack.lcm.mirantis.com/rabbitmq-external';

/** Where the load balancer in front of the broker is reached. */
export interface ExternalBroker {
  readonly address: string;
  readonly ports: readonly { readonly name: string; readonly port: number }[];
}

/** What a reader outside needs, a Secret for each topic; none while the broker has no address outside. */
export function topicSecrets(cloud: Cloud, broker: ExternalBroker | undefined): readonly Secret[] {
  if (broker === undefined) return [];
  const { secrets } = cloud;
  return externalTopics(cloud.spec).map((topic) => {
    const { username, password } = secrets.user(externalUser(topic));
    const { certificate, key } = secrets.certificate(externalClientCertificate);
    return secretFor({
      namespace: namespaces.external,
      name: `openstack-${topicName(topic)}-notifications`,
      labels: { [externalTopicLabel]: 'true' },
      text: {
        username,
        password,
        hosts: broker.address,
        vhost: notificationsHost,
        ...Object.fromEntries(broker.ports.map(({ name, port }) => [`port_${name}`, String(port)])),
        ca_cert: secrets.certificate(externalServerCertificate).authority,
        client_cert: certificate,
        client_key: key,
      },
    });
  });
}
