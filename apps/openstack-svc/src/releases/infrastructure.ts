/** Images that no OpenStack release changes: databases, brokers, gateways. */
export const infrastructureTags: Readonly<Record<string, string>> = {
  mariadb: '11.4.8-noble-20260301',
  rabbitmq: '4.0.9-noble-20260301',
  memcached: '1.6.38-noble-20260301',
  redis: '7.4.2-noble-20260301',
  etcd: '3.5.21-noble-20260301',
  ingress: '1.13.3-noble-20260301',
  error_page: '1.6.0',
  envoy: '1.35.3-noble-20260301',
  powerdns: '4.9.7-noble-20260301',
  prometheus: '3.5.1-noble-20260301',
  exporter: '20260301',
  ceph: '19.2.3-noble-20260301',
  descheduler: '0.33.0',
};
