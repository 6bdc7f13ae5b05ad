import type { Cloud, CredentialNeed } from '../cloud/cloud.js';
import { internalHost } from '../render/chart.js';
import { hosts } from './addresses.js';

/** Names of credentials that belong to no single project. */
export const sharedCredentials = {
  databaseAdmin: 'mariadb-admin',
  messagingAdmin: 'rabbitmq-admin',
  keystoneAdmin: 'keystone-admin',
  metadataSecret: 'neutron-metadata-secret',
} as const;

export const databaseUser = (project: string): string => `${project}-database`;
export const messagingUser = (project: string): string => `${project}-messaging`;
export const identityUser = (project: string): string => `${project}-identity`;

/** A service user, which rotation of `service` replaces. */
export function serviceUser(name: string, username: string): CredentialNeed {
  return { sort: 'user', name, username, rotation: 'service' };
}

/** What nearly every project needs: users of the database, the bus and keystone. */
export function projectCredentials(
  project: string,
  ...systems: readonly ('database' | 'messaging' | 'identity')[]
): readonly CredentialNeed[] {
  return systems.map((system) => serviceUser(`${project}-${system}`, project));
}

/** What db-init and the database itself log in with. */
export const databaseAdmin: CredentialNeed = {
  sort: 'user',
  name: sharedCredentials.databaseAdmin,
  username: 'root',
  rotation: 'admin',
};
export const messagingAdmin: CredentialNeed = {
  sort: 'user',
  name: sharedCredentials.messagingAdmin,
  username: 'rabbitmq',
  rotation: 'admin',
};
export const keystoneAdmin: CredentialNeed = {
  sort: 'user',
  name: sharedCredentials.keystoneAdmin,
  username: 'admin',
  rotation: 'admin',
};
export const metadataSecret: CredentialNeed = {
  sort: 'key',
  name: sharedCredentials.metadataSecret,
  encoding: 'text',
  length: 32,
};

/** A spec, as it is written or merged. */
interface OfAdministrator {
  readonly features: {
    readonly keystone?:
      | { readonly users?: { readonly admin?: { readonly project_name?: string | undefined } | undefined } | undefined }
      | undefined;
  };
}

/** The project that the administrator signs in to, of the domain Default. */
export function administratorProject({ features }: OfAdministrator): string {
  return features.keystone?.users?.admin?.project_name ?? 'admin';
}

/** The project's own RabbitMQ where it has one, else the one of all. */
export function messagingHost(cloud: Cloud, project: string): string {
  return hasOwnMessaging(cloud, project) ? `openstack-${project}-rabbitmq` : 'rabbitmq';
}

const dedicatedBy: Readonly<Record<string, string>> = { nova: 'compute', neutron: 'networking' };

/** True when `features.messaging.components_with_dedicated_messaging` lists the project's service. */
export function hasOwnMessaging(cloud: Pick<Cloud, 'spec'>, project: string): boolean {
  const service = dedicatedBy[project];
  const { components_with_dedicated_messaging: listed } = cloud.spec.features.messaging;
  return service !== undefined && listed.includes(service);
}

/** `[database] connection` of a project. */
export function databaseUrl(cloud: Cloud, project: string, database: string): string {
  const { username, password } = cloud.secrets.user(databaseUser(project));
  const host = internalHost(cloud, hosts.database);
  return `mysql+pymysql://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${host}:3306/${database}?charset=utf8`;
}

/** `transport_url` of a project: its own virtual host. */
export function transportUrl(cloud: Cloud, project: string): string {
  const { username, password } = cloud.secrets.user(messagingUser(project));
  const host = internalHost(cloud, messagingHost(cloud, project));
  return `rabbit://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${host}:5672/${project}`;
}
