import type { KubeObject } from '@keelson/api';
import type { Cloud } from '../../../cloud/cloud.js';
import { tcpProbe } from '../../../conventions/probes.js';
import { type Chart, chartOf, internalHost } from '../../../render/chart.js';
import { type Script, script, textFile } from '../../../render/files.js';
import { service } from '../../../render/network.js';
import type { DaemonPart } from '../../../render/node-sets.js';
import type { ContainerPart } from '../../../render/pod.js';
import { backendOf } from '../backend.js';

const name = 'neutron-bgp-route-reflector';
const component = 'bgp-route-reflector';
const port = 179;
/** Where the spec names none. */
const usualAsNumber = 64_512;

/** True where speakers of BGP VPNs meet at reflectors of the cloud's own. */
export function reflectsRoutes(cloud: Cloud): boolean {
  return backendOf(cloud) === 'ml2' && cloud.spec.features.neutron.bgpvpn.route_reflector.enabled;
}

/** The autonomous system of speakers and reflectors: only inside of one are routes reflected. */
export function asNumberOf({ spec }: Cloud): number {
  const { as_number: own, route_reflector: reflector } = spec.features.neutron.bgpvpn;
  return own ?? reflector.as_number ?? usualAsNumber;
}

/** Routes of BGP VPNs are reflected by FRR on every controller: https://docs.frrouting.org/en/stable-8.4/bgp.html#route-reflector. */
export function routeReflectorPart(chart: Chart): DaemonPart | undefined {
  if (!reflectsRoutes(chart.cloud)) return undefined;
  const path = '/etc/frr/frr.conf';
  return {
    name,
    component,
    roles: ['controller'],
    files: [textFile(chart, { secret: `${name}-etc`, path }, configuration(chart.cloud))],
    host: { network: true },
    maxUnavailable: 1,
    containers: [
      {
        name: component,
        image: 'frr',
        // Routes are passed on, never used: there is no zebra, and nothing goes into the kernel.
        command: [
          '/usr/lib/frr/bgpd',
          '--no_kernel',
          '--no_zebra',
          '--vty_port',
          '0',
          '--config_file',
          path,
          '--log',
          'stdout',
        ],
        weight: 'agent',
        rights: ['NET_BIND_SERVICE', 'NET_RAW', 'SYS_ADMIN'],
        runAsUser: 0,
        ...tcpProbe(port),
      },
    ],
  };
}

/** What names the addresses of all reflectors. */
export function routeReflectorFront(chart: Chart): readonly KubeObject[] {
  return reflectsRoutes(chart.cloud) ? [service(chart, { name, component, headless: true, ports: { bgp: port } })] : [];
}

function configuration(cloud: Cloud): readonly string[] {
  const { route_reflector: reflector } = cloud.spec.features.neutron.bgpvpn;
  const number = asNumberOf(cloud);
  return [
    `router bgp ${number}`,
    ' no bgp default ipv4-unicast',
    ' neighbor speakers peer-group',
    ` neighbor speakers remote-as ${number}`,
    ...reflector.neighbor_subnets.map((subnet) => ` bgp listen range ${subnet} peer-group speakers`),
    ...['ipv4 vpn', 'l2vpn evpn'].flatMap((family) => [
      ` address-family ${family}`,
      '  neighbor speakers activate',
      '  neighbor speakers route-reflector-client',
      ' exit-address-family',
    ]),
  ];
}

/** A speaker that begins when addresses of reflectors are known; the spec's own peers are others besides. */
export function withReflectors(chart: Chart, command: readonly string[]): Pick<ContainerPart, 'command' | 'env'> {
  const { peers = [] } = chart.cloud.spec.features.neutron.bgpvpn;
  return {
    command: [reflectorScript(chart).path, ...command],
    env: [
      { name: 'PEERS', value: peers.join(',') },
      { name: 'REFLECTORS', value: internalHost(chart.cloud, name) },
    ],
  };
}

export function reflectorScripts(cloud: Cloud): readonly Script[] {
  return reflectsRoutes(cloud) ? [reflectorScript(chartOf(cloud, 'networking', 'neutron'))] : [];
}

export function reflectorScript(chart: Chart): Script {
  return script(chart, 'neutron-bgp-peers.sh', resolving);
}

const resolving = String.raw`#!/bin/sh
set -eu
found=$(getent ahostsv4 "$REFLECTORS" | awk '{print $1}' | sort -u)
[ -n "$found" ] || { echo "no route reflector has an address yet: $REFLECTORS" >&2; exit 1; }
for each in $found; do PEERS=${'$'}{PEERS:+$PEERS,}$each; done
printf '[bgp]\npeers = %s\n' "$PEERS" > /tmp/peers.conf
exec "$@" --config-file /tmp/peers.conf
`;
