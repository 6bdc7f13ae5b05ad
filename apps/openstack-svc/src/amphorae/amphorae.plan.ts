import { ConfigMapKind, type Reference, type Secret } from '@keelson/api';
import { type Outcome, type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import {
  type AmphoraRotation,
  amphoraRotationData,
  amphoraRotationName,
  isUnderWay,
} from '../cloud/amphora-rotation.js';
import { abortAmphoraRotationAnnotation } from '../names.js';
import type { AmphoraStep } from './amphorae.steps.js';
import type { AmphoraWorld } from './amphorae.world.js';
import { markOf, replacingOf } from './replacing.js';

const lookSeconds = 15;

/** What is done next to rotate the authorities of amphorae. Every stage can be begun again: it is left when the world shows that it is over. */
export function planAmphorae(world: AmphoraWorld): Plan<AmphoraStep> {
  const { hasAmphorae, rotation, isDue, notReady, asked, successions } = world;
  if (!hasAmphorae) return { steps: [], outcome: settled };
  if (!isUnderWay(rotation)) {
    const left = successions.flatMap(({ active, next }) => (next && isSame(active, next) ? [next] : []));
    if (left.length > 0) return { steps: left.map(dropped), outcome: progressing() };
    if (!isDue) return { steps: [], outcome: settled };
    if (notReady !== undefined)
      return waits(world, 'RotationDue', `the rotation for amphorae begins later: ${notReady}`);
    return begun(world, asked, 'Octavia is to trust a new authority beside the old one');
  }
  if (world.aborted === String(rotation.id) && rotation.stage !== 'presenting')
    return moved(
      world,
      { ...rotation, stage: 'given-up', tried: {}, trouble: undefined },
      'it is given up: both authorities stay trusted',
    );
  if (successions.some(({ active, next }) => active === undefined || next === undefined))
    return begun(world, rotation.id, 'a new certificate is missing and made again');
  if (world.behind !== undefined) return waits(world, 'ControllersBehind', `${taskOf(rotation)}: ${world.behind}`);
  return atStage(world, rotation);
}

function atStage(world: AmphoraWorld, rotation: AmphoraRotation): Plan<AmphoraStep> {
  switch (rotation.stage) {
    case 'trusting':
      return moved(world, { ...rotation, stage: 'issuing' }, 'all trust both authorities, and the new one signs');
    case 'issuing':
      return marked(world, rotation);
    case 'replacing':
      return replaced(world, rotation);
    default:
      return finished(world, rotation);
  }
}

/** What is there now is of before. */
function marked(world: AmphoraWorld, rotation: AmphoraRotation): Plan<AmphoraStep> {
  if (world.balancing === undefined) return { steps: [], outcome: progressing() };
  const { trouble: _, ...rest } = rotation;
  const until = markOf(world.balancing);
  const next: AmphoraRotation = { ...rest, stage: 'replacing', tried: {}, ...(until === undefined ? {} : { until }) };
  const count = replacingOf(world.now, next, world.balancing).left.length;
  return moved(world, { ...next, total: count, left: count }, `${count} load balancers are to get new amphorae`);
}

function replaced(world: AmphoraWorld, rotation: AmphoraRotation): Plan<AmphoraStep> {
  if (world.balancing === undefined) return { steps: [], outcome: progressing() };
  const { left, tried, begin, stuck, trouble } = replacingOf(world.now, rotation, world.balancing);
  const { trouble: before, ...rest } = rotation;
  if (left.length === 0)
    return moved(world, { ...rest, stage: 'presenting', left: 0, tried: {} }, 'controllers show the new certificate');
  const next = { ...rest, tried, left: left.length, ...(trouble === undefined ? {} : { trouble }) };
  const isKnown =
    JSON.stringify([tried, left.length, trouble]) === JSON.stringify([rotation.tried, rotation.left, before]);
  const names = left.slice(0, 5).map(({ id, name }) => name || id);
  const message = `${taskOf(next)}: ${left.length} of ${next.total} load balancers are left (${names.join(', ')}${left.length > 5 ? ', …' : ''})`;
  return {
    // Written down before it is ordered: what a process that dies has begun is not forgotten.
    steps: [
      ...(isKnown ? [] : [{ type: 'write', ...placeOf(world, next), why: trouble ?? message } as const]),
      ...begin.map(({ id, name }) => ({ type: 'failOver', id, name }) as const),
    ],
    outcome: outcomeOf(stuck.length > 0 ? trouble : undefined, rotation, message, left[0]?.id ?? ''),
  };
}

function outcomeOf(trouble: string | undefined, { id }: AmphoraRotation, message: string, first: string): Outcome {
  const on: Reference = { kind: 'LoadBalancer', name: first };
  if (trouble === undefined) return waitingOn(on, 'LoadBalancersFailOver', message, lookSeconds);
  return waitingOn(on, 'LoadBalancerStuck', `${trouble}; ${wayOut(id)}`, lookSeconds);
}

/** What ends a failover that does not get on, as the end of a sentence. */
function wayOut(id: number): string {
  return `no other is begun meanwhile: bring it back to ACTIVE or delete it (its failover is tried again every ten minutes), or give the rotation up by the annotation ${abortAmphoraRotationAnnotation}=${id} of the OpenStackDeployment`;
}

function begun(world: AmphoraWorld, id: number, why: string): Plan<AmphoraStep> {
  const { namespace, now } = world;
  const rotation: AmphoraRotation = { id, stage: 'trusting', total: 0, left: 0, tried: {} };
  return {
    steps: [
      { type: 'prepare', namespace, now, id },
      { type: 'write', ...placeOf(world, rotation), why },
    ],
    outcome: progressing(why),
  };
}

/** The new ones take the place of the old; what is rendered afterwards knows nothing of these. */
function finished(world: AmphoraWorld, { id }: AmphoraRotation): Plan<AmphoraStep> {
  const { successions, now } = world;
  const why = 'every load balancer has new amphorae, and the old authorities are dropped';
  const done: AmphoraRotation = { id, stage: 'done', total: 0, left: 0, tried: {} };
  const pairs = successions.flatMap(({ name, active, next }) => (active && next ? [{ name, active, next }] : []));
  return {
    steps: [
      ...pairs.map((pair) => ({ type: 'switch', ...pair, id, now }) as const),
      { type: 'write', ...placeOf(world, done), why },
      ...pairs.map(({ next }) => dropped(next)),
    ],
    outcome: progressing(why),
  };
}

function dropped({ metadata }: Secret): AmphoraStep {
  return { type: 'drop', key: metadata };
}

/** It is in force already. */
function isSame(active: Secret | undefined, next: Secret): boolean {
  return active?.data?.['tls.crt'] === next.data?.['tls.crt'];
}

function moved(world: AmphoraWorld, rotation: AmphoraRotation, why: string): Plan<AmphoraStep> {
  return { steps: [{ type: 'write', ...placeOf(world, rotation), why }], outcome: progressing(why) };
}

function placeOf(
  { namespace }: AmphoraWorld,
  rotation: AmphoraRotation,
): { namespace: string; data: Record<string, string> } {
  return { namespace, data: amphoraRotationData(rotation) };
}

function waits({ namespace }: AmphoraWorld, reason: string, message: string): Plan<AmphoraStep> {
  const on = { kind: ConfigMapKind.kind, namespace, name: amphoraRotationName };
  return { steps: [], outcome: waitingOn(on, reason, message, lookSeconds) };
}

function taskOf({ id, stage }: AmphoraRotation): string {
  return `rotation ${id} for amphorae, ${stage}`;
}
