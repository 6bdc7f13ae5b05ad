import { OpenStackDeploymentStatusKind, SecretKind } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { adminCredentialOf, adminSecretName, entranceSecretName } from '@keelson/mosk';
import {
  ComputeClient,
  type ComputeService,
  hostRooms,
  instancesPlacedOn,
  type PlacedInstance,
  type ServerGroup,
  serverGroups,
  Session,
} from '@keelson/openstack';
import { type Http, isFailure, transient } from '@keelson/std';

/** A compute with what nobody takes of it. */
export interface RoomyCompute extends ComputeService {
  readonly cpus: number;
  /** MiB. */
  readonly memory: number;
}

/** What decides where the instances of a cloud may go. Names and sizes; nothing of what runs in them. */
export interface CloudRoom {
  readonly computes: readonly RoomyCompute[];
  readonly instances: readonly PlacedInstance[];
  readonly groups: readonly ServerGroup[];
}

/**
 * Asks the cloud of a cluster for its computes, their room and their instances: read, never written. Its administrator's
 * credential is used for that and not kept.
 *
 * @param api of the cluster
 * @param http to Services of the cluster
 * @returns undefined where the cluster carries no cloud
 * @throws Failure when the cloud's APIs cannot be asked
 */
export async function readRoom(api: Pick<KubeApi, 'get' | 'list'>, http: Http): Promise<CloudRoom | undefined> {
  const clouds = await api.list(OpenStackDeploymentStatusKind).catch((error: unknown) => {
    // A cluster that was never told of clouds.
    if (isFailure(error, 'notFound')) return { items: [] };
    throw error;
  });
  const [cloud] = clouds.items;
  if (cloud === undefined) return undefined;
  const { namespace } = cloud.metadata;
  const [admin, entrance] = await Promise.all(
    [adminSecretName, entranceSecretName].map((name) => api.get(SecretKind, { namespace, name })),
  );
  const credential = adminCredentialOf(admin, entrance);
  if (credential === undefined)
    throw transient(`the Secret ${namespace ?? ''}/${adminSecretName} with the administrator's credential is missing`, {
      reason: 'NoCredential',
    });
  return roomOver(new Session({ http, ...credential }));
}

async function roomOver(session: Session): Promise<CloudRoom> {
  const services = await new ComputeClient(session).services();
  const rooms = new Map((await hostRooms(session)).map((room) => [room.host, room]));
  const instances: PlacedInstance[] = [];
  for (const { host } of services) instances.push(...(await instancesPlacedOn(session, host)));
  return {
    computes: services.map((service) => {
      const { cpus = 0, memory = 0 } = rooms.get(service.host) ?? {};
      return { ...service, cpus, memory };
    }),
    instances,
    groups: await serverGroups(session),
  };
}
