import type { SimulatedCloud } from '../cloud.js';
import { clash, type Doc, isDoc, missing, ok, refused, type Route, textAt } from '../exchange.js';

/** A subnet on a router is a port of it, with the gateway's address. */
export function routerInterfaceRoutes(cloud: SimulatedCloud): readonly Route[] {
  const of = (id: string): Doc => {
    const router = cloud.collection('routers').get(id);
    if (router === undefined) throw missing('Router', id);
    return router;
  };
  return [
    [
      'PUT',
      '/v2.0/routers/:id/add_router_interface',
      ({ body }, { id = '' }) => ok(joined(cloud, of(id), isDoc(body) ? body : {})),
    ],
    [
      'PUT',
      '/v2.0/routers/:id/remove_router_interface',
      ({ body }, { id = '' }) => ok(parted(cloud, of(id), isDoc(body) ? body : {})),
    ],
  ];
}

const owner = 'network:router_interface';

function joined(cloud: SimulatedCloud, router: Doc, given: Doc): Doc {
  const ports = cloud.collection('ports');
  const asked = textAt(given, 'port_id');
  const belongs = { device_id: router['id'], device_owner: owner };
  if (asked !== undefined) {
    const port = ports.change(asked, belongs);
    if (port === undefined) throw missing('Port', asked);
    return answer(router, port);
  }
  const subnet = subnetOf(cloud, given);
  if (portOf(cloud, router, subnet) !== undefined)
    throw refused(`Router already has a port on subnet ${String(subnet['id'])}`);
  const fixed_ips = [{ subnet_id: subnet['id'], ip_address: subnet['gateway_ip'] }];
  const state = { status: 'ACTIVE', admin_state_up: true, name: '', tags: [], security_groups: [] };
  return answer(router, ports.add({ ...state, network_id: subnet['network_id'], fixed_ips, ...belongs }));
}

function parted(cloud: SimulatedCloud, router: Doc, given: Doc): Doc {
  const asked = textAt(given, 'port_id');
  const ports = cloud.collection('ports');
  const port = asked === undefined ? portOf(cloud, router, subnetOf(cloud, given)) : ports.get(asked);
  if (port === undefined || port['device_id'] !== router['id'])
    throw clash(`Router ${String(router['id'])} has no interface there`);
  ports.remove(String(port['id']));
  return answer(router, port);
}

function subnetOf(cloud: SimulatedCloud, given: Doc): Doc {
  const id = textAt(given, 'subnet_id') ?? '';
  const subnet = cloud.collection('subnets').get(id);
  if (subnet === undefined) throw missing('Subnet', id);
  return subnet;
}

function portOf(cloud: SimulatedCloud, router: Doc, subnet: Doc): Doc | undefined {
  const own = cloud.collection('ports').list(new URLSearchParams({ device_id: String(router['id']) }));
  return own.find((port) => port['device_id'] === router['id'] && subnetsOf(port).some((id) => id === subnet['id']));
}

function subnetsOf({ fixed_ips: addresses }: Doc): readonly unknown[] {
  return Array.isArray(addresses) ? addresses.filter(isDoc).map((one) => one['subnet_id']) : [];
}

function answer({ id }: Doc, port: Doc): Doc {
  const [subnet] = subnetsOf(port);
  return { id, port_id: port['id'], network_id: port['network_id'], subnet_id: subnet, subnet_ids: [subnet] };
}
