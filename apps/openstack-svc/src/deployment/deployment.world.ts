import type { ObjectKey, OpenStackDeployment, OpenStackDeploymentStatus, Secret } from '@keelson/api';
import type { Failure } from '@keelson/std';
import type { CredentialNeed } from '../cloud/cloud.js';
import type { UserNeed } from '../credentials/generate.js';

/** A user whose Secret was made by an earlier rotation than the one asked for. */
export interface DueRotation {
  readonly need: UserNeed;
  readonly rotation: number;
}

/** A credential, and the Secret of the authority that signs it where it names one. */
export interface Signable {
  readonly need: CredentialNeed;
  readonly issuer: Secret | undefined;
}

/** All that an OpenStackDeployment depends on beside the objects of its services. */
export interface DeploymentWorld {
  readonly now: number;
  readonly deployment: OpenStackDeployment;
  readonly fingerprint: string;
  readonly progress: OpenStackDeploymentStatus | undefined;
  /** Another OpenStackDeployment of the cluster, which was there before. */
  readonly elder: OpenStackDeployment | undefined;
  /** Namespaces of exchange that do not exist. */
  readonly missingNamespaces: readonly string[];
  /** Credentials without a Secret that can be made: the authority of a certificate comes before it. */
  readonly missing: readonly (Signable & { readonly rotation: number })[];
  readonly due: readonly DueRotation[];
  /** Certificates that are to be made anew. */
  readonly stale: readonly Signable[];
  /** Secrets for others, as they are to be, that are not so. */
  readonly handOvers: readonly Secret[];
  /** Secrets of topics that are no longer offered. */
  readonly withdrawn: readonly ObjectKey[];
  /** Digests of Secrets and ConfigMaps that are watched, by who they come from and sort. */
  readonly watched: Readonly<Record<string, Readonly<Record<string, { readonly hash: string }>>>>;
  /** Sentences about options of the controller that change nothing. */
  readonly idleOptions: readonly string[];
  /** What is wrong with the spec. */
  readonly failure: Failure | undefined;
}
