import type { KubeObject } from '@keelson/api';
import { identityOf } from './kinds.js';
import { covers } from './covers.js';
import { appliedDigest } from './prepare.js';

/**
 * Tells whether what lives is what was applied. The digest that an object carries says what was applied; that nobody has
 * changed it since is seen by comparing. An API server may keep a value in another form (a quantity, a list in another order): an
 * object that differs right after it was applied is taken as it came, until its generation changes.
 */
export class Applied {
  readonly #asAnswered = new Map<string, { readonly digest: string | undefined; readonly generation: number }>();
  #compared = new WeakMap<KubeObject, { readonly digest: string | undefined; readonly isCovered: boolean }>();

  /** The server's answer to an apply. */
  answered(object: KubeObject): void {
    this.#asAnswered.set(idOf(object), { digest: appliedDigest(object), generation: object.metadata.generation ?? 0 });
  }

  isCurrent(wanted: KubeObject, live: KubeObject | undefined): boolean {
    if (live === undefined || live.metadata.deletionTimestamp !== undefined) return false;
    const digest = appliedDigest(wanted);
    if (appliedDigest(live) !== digest) return false;
    if (this.#isCovered(live, wanted, digest)) return true;
    const answer = this.#asAnswered.get(idOf(live));
    return answer?.digest === digest && answer?.generation === (live.metadata.generation ?? 0);
  }

  /** Objects of the caches are frozen: what was compared once holds. */
  #isCovered(live: KubeObject, wanted: KubeObject, digest: string | undefined): boolean {
    const known = this.#compared.get(live);
    if (known?.digest === digest && known !== undefined) return known.isCovered;
    const isCovered = covers(live, wanted);
    this.#compared.set(live, { digest, isCovered });
    return isCovered;
  }
}

function idOf(object: KubeObject): string {
  return `${identityOf(object)} ${object.metadata.uid ?? ''}`;
}
