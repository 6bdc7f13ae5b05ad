/** What is known of an OpenStack API before anybody asks it. */
export interface Project {
  readonly name: string;
  /** Service type of the catalogue. */
  readonly type: string;
  /** Kubernetes Services behind which it answers. */
  readonly services: readonly string[];
  /** What stands after host and port in the catalogue. */
  readonly path: string;
  /** What its root answers without a token: 300 where it offers a choice of versions. */
  readonly root: 200 | 300;
  /** The version documents at its root. */
  readonly versions: readonly string[];
}

const project = (
  name: string,
  type: string,
  services: readonly string[],
  path: string,
  versions: readonly string[],
  root: 200 | 300 = 200,
): Project => ({ name, type, services, path, versions, root });

const tenant = '%(project_id)s';

export const projects: readonly Project[] = [
  project('keystone', 'identity', ['keystone-api', 'keystone'], '/v3', ['v3'], 300),
  project('nova', 'compute', ['nova-api', 'nova-api-osapi', 'nova'], '/v2.1', ['v2.1']),
  project('placement', 'placement', ['placement-api', 'placement'], '', ['v1.0']),
  project('glance', 'image', ['glance-api', 'glance'], '', ['v2'], 300),
  project('neutron', 'network', ['neutron-server', 'neutron'], '', ['v2.0']),
  project('cinder', 'volumev3', ['cinder-api', 'cinder'], `/v3/${tenant}`, ['v3'], 300),
  project('designate', 'dns', ['designate-api', 'designate'], '', ['v2']),
  project('heat', 'orchestration', ['heat-api', 'heat'], `/v1/${tenant}`, ['v1'], 300),
  project('heat-cfn', 'cloudformation', ['heat-cfn'], '/v1', ['v1'], 300),
  project('octavia', 'load-balancer', ['octavia-api'], '', ['v2']),
  project('barbican', 'key-manager', ['barbican-api'], '', ['v1'], 300),
  project('manila', 'sharev2', ['manila-api'], '/v2', ['v2'], 300),
  project('ironic', 'baremetal', ['ironic-api'], '', ['v1']),
  project('masakari', 'instance-ha', ['masakari-api'], `/v1/${tenant}`, ['v1'], 300),
  project('aodh', 'alarming', ['aodh-api'], '', ['v2']),
  project('gnocchi', 'metric', ['gnocchi-api'], '', ['v1']),
];

export function projectBehind(service: string): Project | undefined {
  return projects.find(({ services }) => services.includes(service));
}
