import { OpenStackDeploymentSpecSchema } from '@keelson/api';
import { terminal } from '@keelson/std';
import { load } from 'js-yaml';
import type { CephAccess } from '../cloud/cloud.js';
import { placeholderSecrets } from '../cloud/placeholder-secrets.js';
import { cloudOf, credentialsOf, enabledServices, renderCloud } from '../cloud/render.js';
import { isRecord, type JsonRecord } from '../render/json.js';
import { documentOf, type ServiceDocument } from './document.js';

export interface ShowOptions {
  /** Name in `features.services`; every enabled service when undefined. */
  readonly service?: string;
  /** As in a cluster whose Ceph has handed over its keys. */
  readonly ceph?: boolean;
}

export interface CloudDocument {
  readonly name: string;
  readonly namespace: string;
  readonly openstack_version: string;
  /** In an order in which each comes after those that it needs. */
  readonly services: readonly ServiceDocument[];
}

/**
 * What an OpenStackDeployment would make, from its text in YAML or JSON. In place of credentials stand the names of the Secrets
 * and keys that keep them.
 *
 * @throws Failure terminal naming the field that is wrong, or the services that there are
 */
export function showCloud(text: string, { service, ceph = false }: ShowOptions = {}): CloudDocument {
  const { name, namespace, spec } = deploymentIn(text);
  const input = { name, namespace, spec, ...(ceph ? { ceph: placeholderCeph } : {}) };
  const bare = cloudOf({ ...input, secrets: placeholderSecrets([]) });
  const enabled = enabledServices(bare).map((each) => each.name);
  if (service !== undefined && !enabled.includes(service)) {
    throw terminal(`The cloud has no service "${service}". It has: ${enabled.join(', ')}`, {
      reason: 'UnknownService',
    });
  }
  const services = renderCloud({ ...input, secrets: placeholderSecrets(credentialsOf(bare)) });
  return {
    name,
    namespace,
    openstack_version: bare.release.name,
    services: services.filter((each) => service === undefined || each.service === service).map(documentOf),
  };
}

function deploymentIn(text: string): { name: string; namespace: string; spec: JsonRecord } {
  const document = parsed(text);
  if (!isRecord(document)) throw wrong('the input is no object');
  if (document['kind'] !== 'OpenStackDeployment') {
    throw wrong(`kind: must be OpenStackDeployment, was ${JSON.stringify(document['kind'])}`);
  }
  const { spec } = document;
  const metadata = isRecord(document['metadata']) ? document['metadata'] : {};
  const { name, namespace = 'openstack' } = metadata;
  if (typeof name !== 'string') throw wrong('metadata.name: must be text');
  if (typeof namespace !== 'string') throw wrong('metadata.namespace: must be text');
  if (!isRecord(spec)) throw wrong('spec: must be an object');
  const [issue] = OpenStackDeploymentSpecSchema.safeParse(spec).error?.issues ?? [];
  if (issue !== undefined) throw wrong(`${['spec', ...issue.path.map(String)].join('.')}: ${issue.message}`);
  return { name, namespace, spec };
}

function parsed(text: string): unknown {
  try {
    return load(text);
  } catch (error) {
    throw terminal('Reading the OpenStackDeployment: the input is neither YAML nor JSON', {
      reason: 'InvalidInput',
      cause: error,
    });
  }
}

function wrong(what: string): Error {
  return terminal(`Reading the OpenStackDeployment: ${what}`, { reason: 'InvalidInput' });
}

const pool = (role: string) => ({ name: `${role}-hdd`, role, deviceClass: 'hdd' });
const client = (user: string, ...roles: readonly string[]) => ({
  user,
  key: `(secret.openstack-ceph-keys.${user})`,
  pools: roles.map(pool),
});

/** What a storage hands over, with names for keys. */
const placeholderCeph: CephAccess = {
  monitors: ['(secret.openstack-ceph-keys.mon_endpoints)'],
  clients: {
    glance: client('glance', 'images'),
    nova: client('nova', 'vms', 'images', 'volumes'),
    cinder: client('cinder', 'volumes', 'images', 'backup'),
    manila: client('manila', 'manila'),
  },
};
