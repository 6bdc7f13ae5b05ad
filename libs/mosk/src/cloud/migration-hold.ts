import { type ConfigMap, type Reference } from '@keelson/api';
import { blockedBy, type Outcome, waitingOn } from '@keelson/reconcile';

/** The ConfigMap in which sdn-svc keeps how far the migration from Open vSwitch to OVN is: openstack-svc renders by it. */
export const migrationStateName = 'ovs-ovn-migration-state';
const holdAnnotation = 'keelson.dev/held-by';

/** What holds a migration of networks, as the service that leads it tells the one that owns the cloud. */
export interface MigrationHold {
  readonly on: Reference;
  readonly reason: string;
  readonly message: string;
  /** Only a person can help. */
  readonly isBlocked: boolean;
}

export function migrationHoldOf(outcome: Outcome): MigrationHold | undefined {
  if (outcome.type !== 'waiting' && outcome.type !== 'blocked') return undefined;
  const { on, reason, message } = outcome;
  return { on, reason, message, isBlocked: outcome.type === 'blocked' };
}

export function migrationHoldAnnotations(hold: MigrationHold | undefined): Readonly<Record<string, string>> {
  return hold === undefined ? {} : { [holdAnnotation]: JSON.stringify(hold) };
}

/** What cannot be read is as if it were not there: whoever leads the migration writes it anew. */
export function migrationHoldIn(map: ConfigMap | undefined): MigrationHold | undefined {
  const text = map?.metadata.annotations?.[holdAnnotation];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isHold(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** As an outcome of whoever is held by it. */
export function heldByMigration({ on, reason, message, isBlocked }: MigrationHold): Outcome {
  const told = `the migration of networks: ${message}`;
  return isBlocked ? blockedBy(on, reason, told) : waitingOn(on, reason, told);
}

function isHold(value: unknown): value is MigrationHold {
  if (typeof value !== 'object' || value === null || !('on' in value)) return false;
  const { on } = value;
  if (typeof on !== 'object' || on === null) return false;
  const isText = (of: object, key: string): boolean => typeof Reflect.get(of, key) === 'string';
  return isText(on, 'kind') && isText(on, 'name') && isText(value, 'reason') && isText(value, 'message');
}
