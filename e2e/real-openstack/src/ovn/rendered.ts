import type { KubeObject } from '@keelson/api';
import { cloudOf, credentialsOf, enabledServices } from '@keelson/openstack-svc';
import { terminal } from '@keelson/std';
import { CredentialStore } from '../cloud/credentials.js';
import { cloudName, domain, namespace } from '../cloud/deployment.js';
import { zed } from '../cloud/releases.js';
import type { NodeLabels } from '../pods/placement.js';

/** A cloud of three controllers: three members of each database. */
const spec = {
  openstack_version: 'epoxy',
  preset: 'core',
  size: 'tiny',
  public_domain_name: 'cloud.example.org',
  internal_domain_name: domain,
  features: { neutron: { backend: 'ml2/ovn', external_networks: [], tunnel_interface: 'eth0' } },
};
const workloads = ['ovn-ovsdb-nb', 'ovn-ovsdb-sb', 'ovn-northd'];

/** What openstack-svc renders of OVN's databases: workloads by their names, and everything else of networking. */
export function renderedDatabases(nodes: readonly NodeLabels[]): {
  readonly workloads: readonly KubeObject[];
  readonly others: readonly KubeObject[];
} {
  const secrets = new CredentialStore();
  const cloud = cloudOf({ name: cloudName, namespace, spec, release: zed, secrets: secrets.view, nodes });
  secrets.ensure(credentialsOf(cloud));
  const service = enabledServices(cloud).find(({ name }) => name === 'networking');
  if (service === undefined) throw terminal('the cloud has no networking');
  const objects = service
    .render(cloudOf({ name: cloudName, namespace, spec, release: zed, secrets: secrets.view, nodes }))
    .stages.flatMap((stage) => stage.objects);
  return {
    workloads: objects.filter(
      ({ kind, metadata }) => ['StatefulSet', 'Deployment'].includes(kind) && workloads.includes(metadata.name),
    ),
    others: objects.filter(({ kind }) => ['ConfigMap', 'Secret', 'Service'].includes(kind)),
  };
}
