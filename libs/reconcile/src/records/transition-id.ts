import { sha256Json } from '@keelson/std';

/** What makes one change of state the same as another: the version of the object that first shows it. */
export interface TransitionIdentity {
  readonly kind: string;
  readonly uid: string;
  readonly from: string;
  readonly to: string;
  readonly resourceVersion: string;
}

/** The id of a change of state, the same in every process and at every repeat; 32 hex digits. */
export function transitionId(identity: TransitionIdentity): string {
  return sha256Json(identity).slice(0, 32);
}
