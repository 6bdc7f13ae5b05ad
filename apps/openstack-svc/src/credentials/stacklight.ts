import type { Secret } from '@keelson/api';
import type { Cloud } from '../cloud/cloud.js';
import { hasInternalTls, internalAuthority } from '../cloud/internal-tls.js';
import { addressesOf, hosts, internalUrl, publicUrl } from '../conventions/addresses.js';
import { identityUser } from '../conventions/credentials.js';
import { notificationsHost, stacklightUser } from '../conventions/notifications.js';
import { namespaces } from '../names.js';
import { hasService, internalHost } from '../render/chart.js';
import { probesPorts } from '../services/networking/agents/portprober.js';
import { secretFor } from './secret-of.js';

/** In the namespace of the exchange with monitoring. */
export const stacklightBrokerName = 'rabbitmq-creds';
export const stacklightConfigName = 'openstack-lma-config';

/** Where monitoring reads notifications: user, brokers and virtual host. */
export function stacklightBroker(cloud: Cloud): Secret {
  const { username, password } = cloud.secrets.user(stacklightUser);
  return secretFor({
    namespace: namespaces.stacklight,
    name: stacklightBrokerName,
    text: {
      username,
      password,
      hosts: JSON.stringify([`${internalHost(cloud, 'rabbitmq')}:5672`]),
      vhost: `/${notificationsHost}`,
    },
  });
}

/** What monitoring is to look at: which exporters there are, by whom database and APIs are asked, and where everything is. */
export function stacklightConfig(cloud: Cloud): Secret {
  const documents = {
    'conf.json': {
      exporters: {
        cloudprober: { enabled: hasService(cloud, 'cloudprober') },
        portprober: { enabled: probesPorts(cloud) },
      },
    },
    'mysql.json': { ...cloud.secrets.user('mariadb-monitor'), host: internalHost(cloud, hosts.database), port: 3306 },
    'openstack.json': {
      ...cloud.secrets.user(identityUser('stacklight')),
      auth_url: `${internalUrl(cloud, 'keystone')}/v3`,
      project_name: 'service',
      project_domain_name: 'service',
      user_domain_name: 'service',
      region_name: cloud.spec.region_name,
      ...(hasInternalTls(cloud) ? { ca_cert: internalAuthority(cloud) } : {}),
    },
    'endpoints.json': endpointsOf(cloud),
  };
  const text = Object.entries(documents).map(([key, document]) => [key, JSON.stringify(document)]);
  return secretFor({
    namespace: namespaces.stacklight,
    name: stacklightConfigName,
    text: Object.fromEntries(text),
  });
}

function endpointsOf(cloud: Cloud): readonly { name: string; internal: string; public: string }[] {
  return addressesOf(cloud).map((name) => ({
    name,
    internal: internalUrl(cloud, name),
    public: publicUrl(cloud, name),
  }));
}
