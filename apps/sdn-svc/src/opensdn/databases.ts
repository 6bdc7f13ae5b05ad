import { cassandraResources, heapOf, optionsPart } from './cassandra.js';
import { type ContainerPart, type Manifest, members, type MemberPart } from './manifests.js';
import type { OpenSdn } from './opensdn.js';
import { memberCount } from './peers.js';

const names = ['tf-zookeeper', 'tf-cassandra', 'tf-rabbitmq'] as const;
type DatabaseName = (typeof names)[number];

/** Cassandra, ZooKeeper and RabbitMQ: a member on each of at most three nodes. */
export function databases(sdn: OpenSdn): readonly Manifest[] {
  return names.flatMap((name) => members(sdn, partOf(sdn, name)));
}

/** Names of the members of a database, as its clients are told. */
export function databaseMembers(sdn: OpenSdn, name: DatabaseName): string {
  return Array.from({ length: memberCount(sdn) }, (_, i) => `${name}-${i}.${name}.${sdn.namespace}.svc`).join(',');
}

/** Where clients reach the databases. */
export const databasePorts = { zookeeper: 2181, cassandra: 9042, rabbitmq: 5672 } as const;

/**
 * Images of the databases are those that their communities publish (docker-library/docs: `cassandra`, `zookeeper`, `rabbitmq`): where
 * they keep data, and which variables they read.
 */
function partOf(sdn: OpenSdn, name: DatabaseName): MemberPart {
  const base = { name, component: name.slice('tf-'.length), role: 'database', replicas: memberCount(sdn) } as const;
  const keptAt = (mountPath: string) => [{ name: 'data', mountPath }];
  switch (name) {
    case 'tf-zookeeper': {
      const port = databasePorts.zookeeper;
      const container: ContainerPart = {
        name: 'zookeeper',
        image: 'zookeeper',
        tag: '3.8.4',
        port,
        mounts: keptAt('/data'),
        command: ['sh', '-c', asNumberedMember],
        env: { ZOO_SERVERS: ensemble(sdn), ZOO_DATA_LOG_DIR: '/data/log' },
      };
      return { ...base, size: '5Gi', ports: { client: port, peer: 2888, election: 3888 }, containers: [container] };
    }
    case 'tf-cassandra': {
      const port = databasePorts.cassandra;
      const mounts = keptAt('/var/lib/cassandra');
      const container = { name: 'cassandra', image: 'cassandra', tag: '4.1.8', port, mounts };
      const settings = sdn.spec.services?.config?.cassandra;
      const resources = cassandraResources(settings);
      const own = optionsPart(settings);
      const env = {
        CASSANDRA_SEEDS: databaseMembers(sdn, name),
        CASSANDRA_CLUSTER_NAME: 'opensdn-config',
        ...heapOf(resources),
        ...own.env,
      };
      return {
        ...base,
        size: '50Gi',
        ports: { cql: port, peer: 7000 },
        settings: { resources: { cassandra: resources } },
        containers: [{ ...container, ...own, env }],
      };
    }
    case 'tf-rabbitmq': {
      const port = databasePorts.rabbitmq;
      const mounts = keptAt('/var/lib/rabbitmq');
      const container: ContainerPart = {
        name: 'rabbitmq',
        image: 'rabbitmq',
        tag: '4.0.9',
        port,
        mounts,
        command: ['sh', '-c', asClusteredMember],
        env: {
          RABBITMQ_USE_LONGNAME: 'true',
          MEMBER_DOMAIN: `${name}.${sdn.namespace}.svc`,
          MEMBER_LIST: brokerCluster(sdn),
        },
      };
      return { ...base, size: '5Gi', ports: { amqp: port, discovery: 4369, peer: 25672 }, containers: [container] };
    }
  }
}

/** Members of ZooKeeper are numbered from 1; pods from 0, at the end of their names. */
const asNumberedMember = [
  'export ZOO_MY_ID=$(( ${HOSTNAME##*-} + 1 ))',
  'mkdir -p "$ZOO_DATA_LOG_DIR"',
  'exec /docker-entrypoint.sh zkServer.sh start-foreground',
].join(' && ');

/** Members of RabbitMQ know each other by long names, and by a cookie that only they have. */
const asClusteredMember = [
  'export RABBITMQ_NODENAME="rabbit@$HOSTNAME.$MEMBER_DOMAIN"',
  '(umask 077 && printf %s "$RABBITMQ_PASSWORD" > /var/lib/rabbitmq/.erlang.cookie)',
  'printf "%s\\n" "$MEMBER_LIST" > /etc/rabbitmq/conf.d/20-members.conf',
  'exec docker-entrypoint.sh rabbitmq-server',
].join(' && ');

/** Lines of `rabbitmq.conf` that name all members (rabbitmq.com, «Cluster Formation and Peer Discovery»: `classic_config`). */
function brokerCluster(sdn: OpenSdn): string {
  const nodes = databaseMembers(sdn, 'tf-rabbitmq').split(',');
  return [
    'cluster_formation.peer_discovery_backend = classic_config',
    ...nodes.map((node, i) => `cluster_formation.classic_config.nodes.${i + 1} = rabbit@${node}`),
  ].join('\n');
}

/** Members as ZooKeeper is told of them: number, address, ports of the peers; port of the clients. */
function ensemble(sdn: OpenSdn): string {
  return databaseMembers(sdn, 'tf-zookeeper')
    .split(',')
    .map((member, i) => `server.${i + 1}=${member}:2888:3888;${databasePorts.zookeeper}`)
    .join(' ');
}
