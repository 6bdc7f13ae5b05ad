/**
 * Releases of a Cluster release that are no charts here: a service of Keelson does their work from outside the cluster, as
 * docs/adr/0008 says. Bundles that operators make are never taken for these, whatever their releases are called.
 */
const services: Readonly<Record<string, string>> = {
  'openstack-operator': 'openstack-svc',
  rockoon: 'openstack-svc',
  'tungstenfabric-operator': 'sdn-svc',
  'helm-controller': 'lifecycle-svc',
};

/** The service that does the work of a release; undefined when it is a chart to install. */
export function carrierOf(release: string): string | undefined {
  return Object.hasOwn(services, release) ? services[release] : undefined;
}
