import type { OpenStackDeployment, OsdplstStatus, Secret } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import { askedAmphoraRotation } from '../cloud/amphora-rotation.js';
import {
  backupNameOf,
  type Credential,
  type CredentialNeed,
  type NamedCredential,
  secretNameOf,
  upcomingNameOf,
} from '../cloud/cloud.js';
import { rotatedAtAnnotation, rotationAnnotation, rotationGroupAnnotation } from '../names.js';
import type { UserNeed } from './generate.js';

/**
 * Where a rotation stands. A user that is due gets a successor (`generated-<name>-next`), whose account is made with the users
 * in force; then the two change places and the old one is the backup; when everything uses the new one, the old account goes.
 */
export interface Rotation {
  /** Users that are to be rotated and have no successor yet. */
  readonly due: readonly UserNeed[];
  readonly upcoming: readonly Upcoming[];
  /** Users that are out of force and whose accounts are not known to be gone. */
  readonly former: readonly NamedCredential[];
}

/** A user's successor. */
export interface Upcoming {
  readonly name: string;
  readonly active: Secret;
  readonly next: Secret;
  readonly credential: Credential;
  /** They have changed places; the successor's own Secret is what is left of it. */
  readonly isInForce: boolean;
}

export const noRotation: Rotation = { due: [], upcoming: [], former: [] };

export interface RotationFacts {
  readonly find: (name: string) => Secret | undefined;
  /** Which rotation an operator asks for. */
  readonly asked: (need: UserNeed) => number;
  /** Which rotations are over, as the OpenStackDeploymentStatus tells. */
  readonly over: NonNullable<OsdplstStatus['credentials']>['rotation'];
}

/** The rotation that an operator asks for. */
export function askedRotation(deployment: OpenStackDeployment, need: CredentialNeed): number {
  if (need.sort === 'user') return deployment.status?.credentials?.[need.rotation]?.rotation_id ?? 0;
  return need.sort === 'certificate' && need.rotation === 'amphora' ? askedAmphoraRotation(deployment) : 0;
}

export function rotationOf(needs: readonly CredentialNeed[], facts: RotationFacts): Rotation {
  const users = needs.flatMap((need) => (need.sort === 'user' ? [need] : []));
  return {
    due: users.filter((need) => isDue(need, facts)),
    upcoming: users.flatMap(({ name }) => upcomingOf(name, facts)),
    former: users.flatMap(({ name }) => formerOf(name, facts)),
  };
}

/** True while anything of it is left to do. */
export function isRotating({ due, upcoming, former }: Rotation): boolean {
  return due.length + upcoming.length + former.length > 0;
}

/** One rotation after the other: until the accounts of the last one are gone there is no place for another's. */
function isDue(need: UserNeed, { find, asked, over }: RotationFacts): boolean {
  const active = find(secretNameOf(need.name));
  if (active === undefined || find(upcomingNameOf(need.name)) !== undefined || !isOver(active, over)) return false;
  return Number(active.metadata.annotations?.[rotationAnnotation] ?? 0) < asked(need);
}

function isOver({ metadata }: Secret, over: RotationFacts['over']): boolean {
  const at = metadata.annotations?.[rotatedAtAnnotation];
  const group = metadata.annotations?.[rotationGroupAnnotation] ?? '';
  return at === undefined || at <= (over?.[group]?.timestamp ?? '');
}

function upcomingOf(name: string, { find }: RotationFacts): readonly Upcoming[] {
  const [active, next] = [find(secretNameOf(name)), find(upcomingNameOf(name))];
  const [now, credential] = [credentialIn(active), credentialIn(next)];
  if (active === undefined || next === undefined || credential === undefined) return [];
  return [{ name, active, next, credential, isInForce: now?.username === credential.username }];
}

function formerOf(name: string, { find, over }: RotationFacts): readonly NamedCredential[] {
  const active = find(secretNameOf(name));
  const [now, before] = [credentialIn(active), credentialIn(find(backupNameOf(name)))];
  if (active === undefined || before === undefined || before.username === now?.username) return [];
  return isOver(active, over) ? [] : [{ name, ...before }];
}

function credentialIn(secret: Secret | undefined): Credential | undefined {
  const [username, password] = [textIn(secret, 'username'), textIn(secret, 'password')];
  return username === undefined || password === undefined ? undefined : { username, password };
}
