import type { KubeObject, OpenStackDeployment } from '@keelson/api';

/** What a cloud has beside what goes with its OpenStackDeployment by itself. */
export interface RemovalWorld {
  readonly now: number;
  readonly deployment: OpenStackDeployment;
  /** The one that is worked on in this cluster: no draft, in its namespace, and none was there before it. */
  readonly isTakenUp: boolean;
  /** Secrets for others: they go first, so that nobody builds on them. */
  readonly handedOver: readonly KubeObject[];
  /** Of what is rendered, and of what is noted about nodes: all that the OpenStackDeployment cannot own. */
  readonly beside: readonly KubeObject[];
  /** They are dropped where they are made; they are waited for. */
  readonly locks: readonly KubeObject[];
}
