import type { OpenStackDeploymentSpec } from '@keelson/api';
import { isEncryptedKey } from '../conventions/api/public-tls.js';
import { releases } from '../releases/releases.js';
import { isRestoring } from '../services/database/restore-flag.js';
import { cloudServices } from '../services/index.js';

/** A spec, and what else decides whether a cloud may become what it says. */
export interface SpecFacts {
  readonly spec: Pick<OpenStackDeploymentSpec, 'openstack_version' | 'features' | 'services' | 'common'>;
  /** The release of OpenStack that it goes on from; undefined for a cloud of which nothing is made. */
  readonly from: string | undefined;
  /** Something of it is made. */
  readonly isMade: boolean;
  /** The text of `features.ssl.public_endpoints.api_key`, wherever it comes from. */
  readonly apiKey: string | undefined;
}

export interface SpecRefusal {
  /** Of the state of a cloud that has such a spec all the same. */
  readonly reason: string;
  /** A sentence that names the field. */
  readonly message: string;
}

/**
 * Why a cloud does not become what a spec says; undefined when it may. Whoever writes such a spec is refused by the webhook, and
 * where the webhook was away nothing of it is applied: both ask here.
 */
export function specRefusal(facts: SpecFacts): SpecRefusal | undefined {
  for (const [reason, rule] of rules) {
    const message = rule(facts);
    if (message !== undefined) return { reason, message };
  }
  return undefined;
}

type SpecRule = (facts: SpecFacts) => string | undefined;

const rules: readonly (readonly [reason: string, rule: SpecRule])[] = [
  ['UnknownRelease', deployable],
  ['UnknownService', knownServices],
  ['InvalidSpec', keyInTheClear],
  ['PinnedImages', noPinnedImages],
  ['NothingToRestore', somethingToRestore],
];

/** It does not hold a cloud that has such a release. */
function deployable({ spec: { openstack_version: version }, from }: SpecFacts): string | undefined {
  if (version === from || releases.some(({ name }) => name === version)) return undefined;
  const known = releases.map(({ name }) => name).join(', ');
  return `spec.openstack_version: ${version} cannot be deployed here: choose one of ${known}`;
}

function knownServices({ spec }: SpecFacts): string | undefined {
  const asked = spec.features.services ?? [];
  const unknown = asked.filter((name) => !cloudServices.some((service) => service.name === name));
  return unknown.length === 0
    ? undefined
    : `spec.features.services: ${unknown.join(', ')} cannot be deployed yet: take it out`;
}

function keyInTheClear({ apiKey }: SpecFacts): string | undefined {
  return apiKey !== undefined && isEncryptedKey(apiKey)
    ? 'spec.features.ssl.public_endpoints.api_key is encrypted: give the key without a passphrase'
    : undefined;
}

function noPinnedImages({ spec, from }: SpecFacts): string | undefined {
  if (from === undefined || from === spec.openstack_version) return undefined;
  const pinned = pinnedIn(spec.services, 'spec.services') ?? pinnedIn(spec.common, 'spec.common');
  return pinned === undefined
    ? undefined
    : `${pinned} pins images: with it the cloud would not become ${spec.openstack_version}; take it out first`;
}

function somethingToRestore({ spec, isMade }: SpecFacts): string | undefined {
  return !isMade && isRestoring(spec)
    ? 'a database is restored in a cloud that exists: create it without job_mariadb_phy_restore'
    : undefined;
}

/** The first path below which `images.tags` is set. */
function pinnedIn(value: unknown, path: string): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const isPin = name === 'tags' && path.endsWith('.images') && isFilled(member);
    const found = isPin ? `${path}.tags` : pinnedIn(member, `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isFilled(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
