import { keyText, OpenStackDeploymentStatusKind, SecretKind } from '@keelson/api';
import type { Bus, Subscription } from '@keelson/bus';
import { type HypervisorsAnswer, openstackRequests } from '@keelson/contracts';
import { adminCredentialOf, type Attachments } from '@keelson/mosk';
import { transient } from '@keelson/std';
import { adminSecret, entranceSecret } from '../credentials/admin.js';
import { type Hypervisors, hypervisorsOver } from '../locks/hypervisors.js';

export interface RoomPorts {
  readonly bus: Bus;
  readonly attachments: Attachments;
}

interface Query {
  readonly namespace: string;
  readonly cluster: string;
}

/** Tells whoever plans the work on a cluster how much room the hypervisors of its cloud have. */
export function answerHypervisors(ports: RoomPorts): Promise<Subscription> {
  return ports.bus.respond(openstackRequests.hypervisor.list, async (query) => {
    const hypervisors = await hypervisorsOf(ports, query);
    return hypervisors === undefined ? { hosts: [] } : answerFrom(hypervisors);
  });
}

/** Undefined where the cluster carries no cloud. */
async function hypervisorsOf(ports: RoomPorts, query: Query): Promise<Hypervisors | undefined> {
  const { namespace, cluster } = query;
  const key = { namespace, name: cluster };
  const attachment = ports.attachments.of(query);
  const api = attachment?.api;
  if (attachment === undefined || api === undefined)
    throw away(query, ports.attachments.lacks(key) ?? 'it is being attached to');
  const [clouds, admin, entrance] = await Promise.all([
    api.list(OpenStackDeploymentStatusKind),
    api.get(SecretKind, adminSecret),
    api.get(SecretKind, entranceSecret),
  ]);
  if (clouds.items.length === 0) return undefined;
  const credential = adminCredentialOf(admin, entrance);
  if (credential === undefined) throw away(query, 'its cloud has no administrator yet');
  return hypervisorsOver(attachment.http)(credential);
}

async function answerFrom(hypervisors: Hypervisors): Promise<HypervisorsAnswer> {
  const [services, loads] = await Promise.all([hypervisors.services(), hypervisors.loads()]);
  const zones = new Map(services.map(({ host, zone }) => [host, zone]));
  return {
    hosts: loads.flatMap(({ host, memory, room }) => {
      const zone = zones.get(host);
      return zone === undefined ? [] : [{ node: host, zone, usedMiB: memory, freeMiB: room }];
    }),
  };
}

function away({ namespace, cluster }: Query, why: string): Error {
  return transient(`nothing is known of the hypervisors of ${keyText({ namespace, name: cluster })}: ${why}`, {
    reason: 'CloudAway',
  });
}
