import { nodeLabels } from '../names.js';
import { type Manifest, members, type MemberPart } from './manifests.js';
import type { OpenSdn } from './opensdn.js';

const names = ['tf-zookeeper', 'tf-cassandra', 'tf-rabbitmq'] as const;
type DatabaseName = (typeof names)[number];

/** Cassandra, ZooKeeper and RabbitMQ: a member on each of at most three nodes. */
export function databases(sdn: OpenSdn): readonly Manifest[] {
  return names.flatMap((name) => members(sdn, partOf(sdn, name)));
}

/** How many members each has: as many as asked for, or three, not more than there are nodes for them; never fewer than before. */
export function memberCount({ nodes, spec, membersBefore }: OpenSdn): number {
  const room = nodes.filter(({ labels }) => labels[nodeLabels.database] === 'enabled').length;
  return Math.max(membersBefore, Math.min(spec.features?.cassandra?.replicas ?? 3, Math.max(1, room)));
}

/** Names of the members of a database, as its clients are told. */
export function databaseMembers(sdn: OpenSdn, name: DatabaseName): string {
  return Array.from({ length: memberCount(sdn) }, (_, i) => `${name}-${i}.${name}.${sdn.namespace}.svc`).join(',');
}

function partOf(sdn: OpenSdn, name: DatabaseName): MemberPart {
  const data = [{ name: 'data', mountPath: '/var/lib/data' }];
  const base = { name, component: name.slice('tf-'.length), role: 'database', replicas: memberCount(sdn) } as const;
  switch (name) {
    case 'tf-zookeeper': {
      const container = { name: 'zookeeper', image: 'zookeeper', tag: '3.8.4', port: 2181, mounts: data };
      return { ...base, size: '5Gi', ports: { client: 2181, peer: 2888, election: 3888 }, containers: [container] };
    }
    case 'tf-cassandra': {
      const container = { name: 'cassandra', image: 'cassandra', tag: '4.1.8', port: 9042, mounts: data };
      const env = { CASSANDRA_SEEDS: databaseMembers(sdn, name), CASSANDRA_CLUSTER_NAME: 'opensdn-config' };
      return { ...base, size: '50Gi', ports: { cql: 9042, peer: 7000 }, containers: [{ ...container, env }] };
    }
    case 'tf-rabbitmq': {
      const container = { name: 'rabbitmq', image: 'rabbitmq', tag: '4.0.9', port: 5672, mounts: data };
      return { ...base, size: '5Gi', ports: { amqp: 5672, peer: 25672 }, containers: [container] };
    }
  }
}
