import type { KubeObject, TFOperator } from '@keelson/api';
import type { ReleaseImages } from './release-images.js';

/** Everything that rendering looks at. The same gives the same objects, byte for byte. */
export interface OpenSdn {
  readonly name: string;
  readonly namespace: string;
  readonly spec: TFOperator['spec'];
  readonly access: OpenStackAccess;
  /** Of the message broker; made once. */
  readonly brokerPassword: string;
  readonly nodes: readonly SdnNode[];
  /** How many members the databases have already: they are never taken away, for their data is on them. */
  readonly membersBefore: number;
  /** What the Cluster release brings in place of the images that are known here. */
  readonly images: ReleaseImages | undefined;
}

/** What OpenStack hands over in `tf-data`, decoded: fields by key. */
export type OpenStackAccess = Readonly<Record<string, string>>;

export interface SdnNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The internal address; undefined before the kubelet has told it. */
  readonly address: string | undefined;
}

/** Whether the databases are being restored: what writes to them stands still. */
export function isRestoring({ features }: OpenSdn['spec']): boolean {
  return features?.dbRestoreMode?.enabled === true;
}

/** Services as the status shows them, in the order in which they are applied: each needs those before it. */
export const sdnServices = [
  'images',
  'database',
  'config',
  'control',
  'analytics',
  'webUI',
  'restore',
  'vRouter',
  'tools',
] as const;
export type SdnServiceName = (typeof sdnServices)[number];

/** A service, rendered: what is written first, and what must then be ready. */
export interface RenderedSdnService {
  readonly service: SdnServiceName;
  readonly objects: readonly KubeObject[];
}
