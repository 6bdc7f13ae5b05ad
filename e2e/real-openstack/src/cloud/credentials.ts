import { type OsdplstStatus, type Secret, secretPriorityAnnotation } from '@keelson/api';
import {
  backupOf,
  cloudSecrets,
  type CloudSecrets,
  type CredentialNeed,
  newCredential,
  type Rotation,
  rotationOf,
  secretNameOf,
  upcomingCredential,
  upcomingNameOf,
} from '@keelson/openstack-svc';
import { rfc3339, systemClock } from '@keelson/std';
import { namespace } from './deployment.js';

export type RotationGroup = 'admin' | 'service';

/** Credentials as the service makes and rotates them, in memory. */
export class CredentialStore {
  readonly #secrets = new Map<string, Secret>();
  readonly #needs = new Map<string, CredentialNeed>();
  readonly #over: NonNullable<NonNullable<OsdplstStatus['credentials']>['rotation']> = {};
  #rotation = 0;

  /** Makes those that are not there yet. */
  ensure(needs: readonly CredentialNeed[]): void {
    for (const need of needs) {
      this.#needs.set(need.name, need);
      if (!this.#secrets.has(secretNameOf(need.name))) this.#secrets.set(secretNameOf(need.name), this.#made(need));
    }
  }

  #made(need: CredentialNeed): Secret {
    const issuer = need.sort === 'certificate' && need.issuer !== undefined ? secretNameOf(need.issuer) : '';
    return newCredential(need, { namespace, now: systemClock.now(), issuer: this.#secrets.get(issuer) });
  }

  /** Gives users of groups their successors, which are not in force yet. */
  announce(groups: readonly RotationGroup[]): void {
    this.#rotation++;
    for (const need of this.#needs.values())
      if (need.sort === 'user' && groups.includes(need.rotation))
        this.#secrets.set(
          upcomingNameOf(need.name),
          upcomingCredential(need, namespace, systemClock.now(), this.#rotation),
        );
  }

  /** Users and their successors change places. */
  exchange(): void {
    for (const { name, active, next } of this.#state.upcoming) {
      const data = next.data ?? {};
      const annotations = { ...next.metadata.annotations, [secretPriorityAnnotation]: 'active' };
      this.#secrets.set(backupOf(name, active).metadata.name, backupOf(name, active));
      this.#secrets.set(secretNameOf(name), { ...active, metadata: { ...active.metadata, annotations }, data });
      this.#secrets.delete(upcomingNameOf(name));
    }
  }

  /** The accounts of users out of force are gone. */
  forget(groups: readonly RotationGroup[]): void {
    for (const group of groups) this.#over[group] = { timestamp: rfc3339(systemClock.now()) };
  }

  get view(): CloudSecrets {
    return cloudSecrets((name) => this.#secrets.get(name), this.#state);
  }

  get #state(): Rotation {
    return rotationOf([...this.#needs.values()], {
      find: (name) => this.#secrets.get(name),
      asked: () => 0,
      over: this.#over,
    });
  }
}
