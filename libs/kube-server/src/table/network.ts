import type { Stored } from '../storage/stored.js';
import { ageColumn, column, type Column, wide } from './columns.js';
import { listAt, mapText, numberAt, objectAt, orNone, orUnset, selectorText, textAt } from './read.js';

function externalAddresses(service: Stored): string {
  const type = textAt(service, 'spec', 'type');
  if (type === 'ExternalName') return textAt(service, 'spec', 'externalName');
  const given = listAt(service, 'spec', 'externalIPs').map(String);
  if (type !== 'LoadBalancer') return orNone(given.join(','));
  const balanced = balancerAddresses(service);
  const all = [...balanced, ...given];
  return all.length === 0 ? '<pending>' : all.join(',');
}

function balancerAddresses(object: Stored): string[] {
  return listAt(object, 'status', 'loadBalancer', 'ingress').map(
    (entry) => textAt(entry, 'ip') || textAt(entry, 'hostname'),
  );
}

function portsText(service: Stored): string {
  const ports = listAt(service, 'spec', 'ports').map((port) => {
    const nodePort = numberAt(port, 'nodePort');
    return `${numberAt(port, 'port')}${nodePort > 0 ? `:${nodePort}` : ''}/${textAt(port, 'protocol') || 'TCP'}`;
  });
  return orNone(ports.join(','));
}

const maxShown = 3;

function shortened(items: readonly string[]): string {
  const shown = items.slice(0, maxShown).join(',');
  return items.length > maxShown ? `${shown} + ${items.length - maxShown} more...` : orNone(shown);
}

function endpointsText(endpoints: Stored): string {
  const pairs = listAt(endpoints, 'subsets').flatMap((subset) => {
    const ports = listAt(subset, 'ports').map((port) => numberAt(port, 'port'));
    const addresses = listAt(subset, 'addresses').map((address) => textAt(address, 'ip'));
    return addresses.flatMap((address) => (ports.length === 0 ? [address] : ports.map((port) => `${address}:${port}`)));
  });
  return shortened(pairs);
}

function hostsText(ingress: Stored): string {
  const hosts = listAt(ingress, 'spec', 'rules')
    .map((rule) => textAt(rule, 'host'))
    .filter((host) => host !== '');
  return hosts.length === 0 ? '*' : shortened(hosts);
}

export const networkColumns: Readonly<Record<string, readonly Column[]>> = {
  services: [
    column('Type', (service) => textAt(service, 'spec', 'type')),
    column('Cluster-IP', (service) => orNone(textAt(service, 'spec', 'clusterIP'))),
    column('External-IP', externalAddresses),
    column('Port(s)', portsText),
    ageColumn,
    wide('Selector', (service) => mapText(objectAt(service, 'spec', 'selector'))),
  ],
  endpoints: [column('Endpoints', endpointsText), ageColumn],
  'endpointslices.discovery.k8s.io': [
    column('AddressType', (slice) => textAt(slice, 'addressType')),
    column('Ports', (slice) =>
      orUnset(shortened(listAt(slice, 'ports').map((port) => textAt(port, 'port'))).replace('<none>', '')),
    ),
    column('Endpoints', (slice) =>
      orUnset(
        shortened(listAt(slice, 'endpoints').flatMap((endpoint) => listAt(endpoint, 'addresses').map(String))).replace(
          '<none>',
          '',
        ),
      ),
    ),
    ageColumn,
  ],
  'ingresses.networking.k8s.io': [
    column('Class', (ingress) => orNone(textAt(ingress, 'spec', 'ingressClassName'))),
    column('Hosts', hostsText),
    column('Address', (ingress) => balancerAddresses(ingress).join(',')),
    column('Ports', (ingress) => (listAt(ingress, 'spec', 'tls').length > 0 ? '80, 443' : '80')),
    ageColumn,
  ],
  'networkpolicies.networking.k8s.io': [
    column('Pod-Selector', (policy) => selectorText(objectAt(policy, 'spec').podSelector)),
    ageColumn,
  ],
};
