import type { MemberReport, OvnSide } from './member-report.js';

/** On an OpenStackDeployment, `nb` or `sb`, with `:<member>` to choose whose data is kept: the database begins anew. */
export const rebuildAnnotation = 'keelson.dev/ovn-rebuild';
/** On an OpenStackDeployment: any new text makes all members compact their files. */
export const compactAnnotation = 'keelson.dev/ovn-compact';

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
   * annotation that was followed last.
   */
  readonly data: Readonly<Record<string, string>>;
  readonly rebuildAsked: string | undefined;
  readonly compactAsked: string | undefined;
}
