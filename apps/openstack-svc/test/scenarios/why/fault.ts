import { expect } from '@jest/globals';
import {
  ClusterWorkloadLockKind,
  NodeOutageKind,
  NodeWorkloadLockKind,
  OpenStackDeploymentKind,
  type Reference,
} from '@keelson/api';
import { cloudKey } from '../cloud-world.js';
import type { FaultyCloud } from './faulty-cloud.js';

/** A fault, the one thing that holds the object asked about, and what that object says of it itself. */
export interface Fault {
  readonly name: string;
  /** `kind/name`; the OpenStackDeployment unless given. */
  readonly of?: readonly [kind: string, name: string];
  /** Ends when the leaf has failed. */
  readonly act: (cloud: FaultyCloud) => Promise<unknown>;
  readonly cure: (cloud: FaultyCloud) => Promise<unknown>;
  readonly cause: Partial<Reference>;
  readonly says: RegExp;
  /** Of kinds with a state: whether it is one that must end. */
  readonly isMoving?: boolean;
}

/** From the failure of the leaf on the object itself tells it, seconds. */
const toldWithinSeconds = 5;

/** Injects a fault, asks why, and puts everything right again. */
export async function judge(cloud: FaultyCloud, fault: Fault): Promise<void> {
  try {
    await fault.act(cloud);
    await isTold(cloud, fault);
  } finally {
    await fault.cure(cloud);
    await cloud.isWell();
  }
}

async function isTold(cloud: FaultyCloud, fault: Fault): Promise<void> {
  const { of: [kind, name] = [OpenStackDeploymentKind.kind, cloudKey.name], cause, says } = fault;
  await cloud.world.until(
    `${kind} ${name} tells ${says.source}`,
    async () => says.test((await told(cloud, kind, name)) ?? ''),
    toldWithinSeconds,
  );
  const chain = await cloud.why(kind, name);
  expect(chain.at(-1)?.object).toMatchObject(cause);
  expect(chain[0]?.message).toMatch(says);
  const [top] = chain;
  if (fault.isMoving !== undefined) {
    expect([top?.since, top?.lookedAt].map((time) => Number.isNaN(Date.parse(time ?? '')))).toEqual([false, false]);
    expect([top?.unblocks, top?.abort]).not.toContain(undefined);
    expect([top?.deadline !== undefined, top?.heartbeat !== undefined]).toEqual([fault.isMoving, fault.isMoving]);
  }
}

async function told(cloud: FaultyCloud, kind: string, name: string): Promise<string | undefined> {
  const { world } = cloud;
  if (kind === OpenStackDeploymentKind.kind) return (await cloud.progress(name))?.message;
  if (kind === NodeOutageKind.kind) return (await world.api.get(NodeOutageKind, { name }))?.status?.progress?.message;
  const lock = kind === NodeWorkloadLockKind.kind ? NodeWorkloadLockKind : ClusterWorkloadLockKind;
  return (await world.api.get(lock, { name }))?.status?.errorMessage;
}
