import type { BareMetalHost, BareMetalHostInventory, BareMetalHostInventoryStatus } from '@keelson/api';
import type { Announcement, PlanResult } from '@keelson/reconcile';
import type { InventoryWorld } from './inventory.observe.js';
import { contradictionOf } from './inventory.plan.js';
import { passingSeconds } from './inventory.passing.js';
import type { InventoryState } from './inventory.states.js';
import type { InventoryStep } from './inventory.steps.js';

/** The host's status over again; what keeps the inventory itself from having a host stands in errorMessage. */
export function inventoryStatus(
  world: InventoryWorld,
  result: PlanResult<InventoryStep>,
): BareMetalHostInventoryStatus | undefined {
  if (result.done.some((step) => step.type === 'release')) return undefined;
  const contradiction = contradictionOf(world);
  if (contradiction !== undefined)
    return {
      operationalStatus: 'error',
      errorType: 'registration error',
      errorMessage: contradiction.message,
      errorCount: 1,
    };
  if (passingSeconds(world) > 0) return undefined;
  const status = world.host?.status;
  const { outcome } = result;
  if (status === undefined) {
    const isStuck =
      world.host === undefined &&
      outcome.type === 'waiting' &&
      world.inventory.metadata.deletionTimestamp === undefined;
    return { ...hostMark(result), ...(isStuck ? { errorMessage: outcome.message } : {}) };
  }
  return shownOf(status);
}

/** What an inventory shows of the status of its host. */
export function shownOf(status: BareMetalHost['status']): BareMetalHostInventoryStatus | undefined {
  if (status === undefined) return undefined;
  const { poweredOn, operationalStatus, provisioning, errorType, errorMessage, errorCount, hardware } = status;
  return {
    poweredOn,
    operationalStatus,
    provisioning: { ID: provisioning.ID, state: provisioning.state },
    ...(errorType === undefined ? {} : { errorType }),
    errorMessage,
    errorCount,
    ...(hardware === undefined ? {} : { hardware }),
  };
}

/** From the moment its host exists the inventory counts as adopted, whatever the host has said of itself yet. */
function hostMark(result: PlanResult<InventoryStep>): Pick<BareMetalHostInventoryStatus, 'provisioning'> {
  return result.done.some((step) => step.type === 'applyHost') ? { provisioning: { state: '' } } : {};
}

/** The state an inventory is in by its status. */
export function inventoryStateOf({ metadata, status }: BareMetalHostInventory): InventoryState {
  if (metadata.deletionTimestamp !== undefined) return 'removing';
  if (status?.provisioning !== undefined) return 'adopted';
  return status?.errorType === undefined ? 'pending' : 'failed';
}

export function inventoryEvents(world: InventoryWorld, result: PlanResult<InventoryStep>): readonly Announcement[] {
  const contradiction = contradictionOf(world);
  if (contradiction !== undefined)
    return [{ type: 'Warning', reason: contradiction.reason, message: contradiction.message }];
  const { outcome } = result;
  const isOwnTrouble = outcome.type === 'waiting' && ['CredentialNotFound', 'HostInUse'].includes(outcome.reason);
  return isOwnTrouble ? [{ type: 'Warning', reason: outcome.reason, message: outcome.message }] : [];
}
