import type { Engine } from '@keelson/kube-server';
import type { SavedObjects } from '@keelson/lab';

/** The resources of a management cluster at one moment: what a world begins with. */
export interface SavedWorld {
  /** Milliseconds since the epoch: the world's clock goes on from here. */
  readonly at: number;
  readonly objects: SavedObjects;
}

/** Everything an engine stores now. */
export function savedObjects({ registry: { store } }: Engine): SavedObjects {
  return Object.fromEntries(store.resources().map((resource) => [resource, store.view(resource).list()]));
}
