import { rfc3339 } from '@keelson/std';
import type { Compute, SimulatedCloud } from '../cloud.js';
import { type CloudResponse, type Doc, type Route, missing, ok } from '../exchange.js';

/** Computes as hypervisors, what they have and what of it is used. */
export function hypervisorRoutes(cloud: SimulatedCloud): readonly Route[] {
  const brief = ({ host, serviceId, up, settings }: Compute): Doc => ({
    id: serviceId,
    hypervisor_hostname: host,
    state: up ? 'up' : 'down',
    status: settings.disabled ? 'disabled' : 'enabled',
  });
  const detail = (compute: Compute): Doc => {
    const { host, serviceId, settings, address, vcpus, memory } = compute;
    return {
      ...brief(compute),
      host_ip: address,
      hypervisor_type: 'simulated',
      hypervisor_version: 1,
      vcpus,
      memory_mb: memory,
      memory_mb_used: cloud.instances.memoryOn(host),
      running_vms: cloud.instances.onHost(host).length,
      service: { id: serviceId, host, disabled_reason: settings.reason },
    };
  };
  const matching = (query: URLSearchParams): readonly Compute[] => {
    const pattern = query.get('hypervisor_hostname_pattern');
    return cloud.computes().filter(({ host }) => pattern === null || host.includes(pattern));
  };
  return [
    ['GET', '/v2.1/os-hypervisors/statistics', () => ok({ hypervisor_statistics: statistics(cloud) })],
    ['GET', '/v2.1/os-hypervisors', ({ query }) => ok({ hypervisors: matching(query).map(brief) })],
    ['GET', '/v2.1/os-hypervisors/detail', ({ query }) => ok({ hypervisors: matching(query).map(detail) })],
    [
      'GET',
      '/v2.1/os-hypervisors/:id',
      (_, { id = '' }) => {
        const compute = cloud.computes().find(({ serviceId }) => serviceId === id);
        if (compute === undefined) throw missing('Hypervisor', id);
        return ok({ hypervisor: detail(compute) });
      },
    ],
  ];
}

function statistics(cloud: SimulatedCloud): Doc {
  const computes = cloud.computes();
  const sum = (of: (one: Compute) => number): number => computes.reduce((total, one) => total + of(one), 0);
  return {
    count: computes.length,
    vcpus: sum(({ vcpus }) => vcpus),
    vcpus_used: sum(({ host }) => cloud.instances.onHost(host).reduce((all, { flavor }) => all + flavor.vcpus, 0)),
    memory_mb: sum(({ memory }) => memory),
    memory_mb_used: sum(({ host }) => cloud.instances.memoryOn(host)),
    running_vms: cloud.instances.size,
  };
}

/** Availability zones and the aggregates that make them. */
export function zoneRoutes(cloud: SimulatedCloud): readonly Route[] {
  const hostsIn = (zone: string): Doc =>
    Object.fromEntries(
      cloud
        .computes()
        .filter((compute) => compute.zone === zone)
        .map(({ host, up, updatedAt, settings }) => [
          host,
          { 'nova-compute': { available: up, active: !settings.disabled, updated_at: updatedAt } },
        ]),
    );
  const answer = (withHosts: boolean): CloudResponse => {
    const names = [...new Set(cloud.computes().map(({ zone }) => zone))].sort();
    return ok({
      availabilityZoneInfo: names.map((zoneName) => ({
        zoneName,
        zoneState: { available: true },
        hosts: withHosts ? hostsIn(zoneName) : null,
      })),
    });
  };
  const aggregates = (): CloudResponse => {
    const names = [...new Set(cloud.computes().map(({ zone }) => zone))].sort();
    const at = rfc3339(cloud.clock.now());
    return ok({
      aggregates: names.map((name, i) => ({
        id: i + 1,
        name,
        availability_zone: name,
        hosts: cloud.computes().flatMap(({ host, zone }) => (zone === name ? [host] : [])),
        metadata: { availability_zone: name },
        created_at: at,
      })),
    });
  };
  return [
    ['GET', '/v2.1/os-availability-zone', () => answer(false)],
    ['GET', '/v2.1/os-availability-zone/detail', () => answer(true)],
    ['GET', '/v2.1/os-aggregates', aggregates],
  ];
}
