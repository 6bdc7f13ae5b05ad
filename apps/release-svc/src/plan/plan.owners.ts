import type { Bus } from '@keelson/bus';
import {
  type UpdateAnswer,
  type UpdateOrder,
  type UpdateQuery,
  type UpdateRequests,
  updateOwners,
} from '@keelson/contracts';
import { messageOf } from '@keelson/std';

/** Longest wait for an answer, milliseconds. */
const timeoutMs = 5_000;

export interface Owner {
  readonly service: string;
  readonly requests: UpdateRequests;
  /** How long until it is asked anew when nothing is heard: less of an owner whose work shows nowhere else. */
  readonly recheckSeconds: number;
}

/** What the owner of a step says, or why it says nothing. */
export type Said =
  | { readonly answered: true; readonly answer: UpdateAnswer }
  | { readonly answered: false; readonly service: string; readonly why: string };

/** Why a step gets no further while its owner says nothing. */
export function absentText({ service, why }: Said & { readonly answered: false }): string {
  return `blocked: ${service}, which brings this step about, does not answer (${why})`;
}

/** Who brings a step about. */
export function ownerOf(step: string): Owner {
  if (step === 'openstack') return { ...updateOwners.openstack, recheckSeconds: 30 };
  if (step === 'ceph') return { ...updateOwners.ceph, recheckSeconds: 15 };
  // Machines show in the LCMCluster, charts do not.
  return { ...updateOwners.kubernetes, recheckSeconds: step === 'mcc-components' ? 15 : 60 };
}

/** How a step stands, from its owner. Never throws: an owner that is absent is something to tell. */
export async function askProgress(bus: Bus, query: UpdateQuery): Promise<Said> {
  const { service, requests } = ownerOf(query.step);
  try {
    return { answered: true, answer: await bus.request(requests.progress, query, { timeoutMs }) };
  } catch (error) {
    return { answered: false, service, why: messageOf(error) };
  }
}

/**
 * Gives the owner of a step its order.
 *
 * @throws Failure transient when it does not answer, or whatever it refuses with
 */
export async function order(bus: Bus, asked: UpdateOrder): Promise<void> {
  await bus.request(ownerOf(asked.step).requests.update, asked, { timeoutMs });
}
