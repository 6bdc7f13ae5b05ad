import type { Reference } from '@keelson/api';
import type { Outcome } from '@keelson/reconcile';
import { rfc3339 } from '@keelson/std';
import type { OperationStep } from '../operations/operation.js';
import type { OvnWorld } from './ovn.world.js';

/** What the ConfigMap of the keeper holds. */
export type Data = Readonly<Record<string, string>>;

/** What is wanted for one database: orders to be written, what is done, or what is waited for. */
export interface Decision {
  readonly data: Data;
  readonly why?: string;
  /** Done when there is nothing to be written. */
  readonly step?: OperationStep;
  readonly outcome?: Outcome;
}

export const recheckSeconds = 20;

/** An id that is a time and the name of a file: `20260101T000000Z`. */
export function idOf({ now }: Pick<OvnWorld, 'now'>): string {
  return rfc3339(now).replaceAll(/[-:]|\.\d+/gu, '');
}

/** The time, in milliseconds since the epoch, that the id of an order is. */
export function timeIn(order: string): number {
  const [id = ''] = order.split(' ');
  const iso = id.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\d)/u, '$1-$2-$3:$4:$5');
  return Date.parse(iso);
}

/** The StatefulSet of a database's members. */
export function setOf({ namespace }: Pick<OvnWorld, 'namespace'>, side: string): Reference {
  return { kind: 'StatefulSet', namespace, name: `ovn-ovsdb-${side}` };
}
