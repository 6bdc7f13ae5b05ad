import { type Machine, MachineKind } from '@keelson/api';
import type { UpdateWorld } from './plan.observe.js';
import { ownerOf } from './plan.owners.js';
import type { Obstacle } from './plan.standing.js';

/** A sentence names so many machines at most. */
const mostNamed = 3;

/** Machine with the operating system that its host has. */
export interface Installed {
  readonly machine: Machine['metadata']['name'];
  readonly distribution: string;
}

/** Hosts keep the operating system they were installed with, which the target may no longer have items for. */
export function distributionObstacle({ plan, target, installed }: UpdateWorld): Obstacle | undefined {
  const allowed = target?.spec.allowedDistributions?.map(({ id }) => id) ?? [];
  const left = allowed.length === 0 ? [] : installed.filter(({ distribution }) => !allowed.includes(distribution));
  const [first] = left;
  if (target === undefined || first === undefined) return undefined;
  const { namespace } = plan.metadata;
  const systems = [...new Set(left.map(({ distribution }) => distribution))].sort().join(', ');
  return {
    reason: 'DistributionNotAllowed',
    message: `${target.spec.version} has no ${systems}, which ${namedOf(left.map(({ machine }) => machine))} have: replace each by a Machine whose spec.providerSpec.value.distribution is ${allowed.join(' or ')} first`,
    on: { kind: MachineKind.kind, ...(namespace === undefined ? {} : { namespace }), name: first.machine },
  };
}

/** An owner that cannot bring its part about. */
export function refusalObstacle({ beforehand }: UpdateWorld): Obstacle | undefined {
  for (const [step, said] of beforehand) {
    if (!said.answered || said.answer.status !== 'Failed') continue;
    const on = { kind: 'Service', name: ownerOf(step).service };
    const message = `${on.name} refuses ${step}: ${said.answer.message}`;
    return { reason: 'OwnerRefuses', message, on: said.answer.waitingOn ?? on };
  }
  return undefined;
}

function namedOf(machines: readonly string[]): string {
  const more = machines.length - mostNamed;
  const shown = machines.slice(0, mostNamed).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}
