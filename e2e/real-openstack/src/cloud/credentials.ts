import type { Secret } from '@keelson/api';
import {
  cloudSecrets,
  type CloudSecrets,
  type CredentialNeed,
  newCredential,
  secretNameOf,
} from '@keelson/openstack-svc';
import { systemClock } from '@keelson/std';
import { namespace } from './deployment.js';

/** Credentials as the service makes and rotates them, in memory. */
export class CredentialStore {
  readonly #secrets = new Map<string, Secret>();
  #rotation = 0;

  /** Makes those that are not there yet. */
  ensure(needs: readonly CredentialNeed[]): void {
    for (const need of needs)
      if (!this.#secrets.has(secretNameOf(need.name)))
        this.#secrets.set(secretNameOf(need.name), newCredential(need, namespace, systemClock.now()));
  }

  /** Makes new users in place of those of a rotation group. */
  rotate(needs: readonly CredentialNeed[], group: 'admin' | 'service'): void {
    this.#rotation++;
    for (const need of needs)
      if (need.sort === 'user' && need.rotation === group)
        this.#secrets.set(secretNameOf(need.name), newCredential(need, namespace, systemClock.now(), this.#rotation));
  }

  get view(): CloudSecrets {
    return cloudSecrets((name) => this.#secrets.get(name));
  }
}
