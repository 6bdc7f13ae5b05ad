import type { Job, KubeObject } from '@keelson/api';
import type { MemberReport, OvnSide } from './member-report.js';

/** On an OpenStackDeployment, `nb` or `sb`, with `:<member>` to choose whose data is kept: the database begins anew. */
export const rebuildAnnotation = 'keelson.dev/ovn-rebuild';
/** On an OpenStackDeployment: any new text makes all members compact their files. */
export const compactAnnotation = 'keelson.dev/ovn-compact';
/** On an OpenStackDeployment: any new text makes Neutron's networks be written into the northbound database once more. */
export const refillAnnotation = 'keelson.dev/ovn-refill';

export interface OvnMember {
  /** Its pod. */
  readonly name: string;
  /** Undefined when it cannot be asked. */
  readonly report: MemberReport | undefined;
}

export interface OvnDatabase {
  readonly side: OvnSide;
  readonly members: readonly OvnMember[];
}

export interface OvnWorld {
  readonly now: number;
  readonly namespace: string;
  /** Those that the cloud has. */
  readonly databases: readonly OvnDatabase[];
  /**
   * The ConfigMap that members read. `<side>`: `<id> <member>`, the database begins anew from the data of that member;
   * `<side>.<member>`: it sets its data aside and joins again; `compact`; `<side>.cluster`, the cluster that was seen last: with
   * one known, no member begins another, and with an order none is. Beside these `<side>.down-since` and `<side>.asked`, the value of the
   * annotation that was followed last. `nb.refill`: id of the occasion on which Neutron's networks are to be written into the
   * northbound database; `nb.refilled`, `nb.refill-failed`: the occasion on which that was done, or given up; `nb.refill-try` and
   * `nb.refill-after`: the number of the try and when it may begin, where one has failed; `nb.refill-asked` as above.
   */
  readonly data: Readonly<Record<string, string>>;
  readonly rebuildAsked: string | undefined;
  readonly compactAsked: string | undefined;
  readonly refillAsked: string | undefined;
  /** The CronJob of which the Job is made that fills the northbound database, and the Job. */
  readonly refill: { readonly template: KubeObject | undefined; readonly job: Job | undefined };
}
