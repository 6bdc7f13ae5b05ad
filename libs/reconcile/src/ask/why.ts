import { type KubeObject, keyOf, type Progress, type Reference } from '@keelson/api';
import type { Bus } from '@keelson/bus';
import { requestsOfKind, type WhyAnswer, type WhyLink } from '@keelson/contracts';
import { messageOf, rfc3339 } from '@keelson/std';
import { cacheReader } from '../pass/cache-reader.js';
import type { PassKit } from '../pass/pass.js';
import type { Worker } from '../pass/worker.js';
import type { Outcome } from '../plan.js';
import { progressOf } from '../report/progress.js';
import { planOf, referenceText } from './plan-answer.js';

/** No chain of waiting is longer; one that is, is cut here. */
const mostLinks = 16;
const askTimeoutMs = 5_000;

export interface WhyOptions {
  readonly service: string;
  readonly bus: Bus;
  /** The reconcilers of a kind by its name. */
  readonly workersOf: (kind: string) => readonly Worker[];
}

/** A chain, and the reference at its end that another service must answer for. */
interface Chain {
  readonly links: WhyLink[];
  readonly next: Reference | undefined;
}

/**
 * Walks from an object to what it waits for, and on, to the one thing that must move. Across services by asking the owner,
 * who answers for its own part only: so no two services can ask each other for ever.
 */
export async function whyAcross(options: WhyOptions, start: Reference): Promise<WhyAnswer> {
  const links: WhyLink[] = [];
  for (let next: Reference | undefined = start; next !== undefined && links.length < mostLinks;) {
    const seen = new Set(links.map(({ object }) => referenceText(object)));
    if (seen.has(referenceText(next))) return { chain: [...links, circle(next)] };
    const part: Chain =
      options.workersOf(next.kind).length > 0 ? await whyWithin(options, next) : await whyElsewhere(options, next);
    for (const link of part.links) {
      const isKnown = seen.has(referenceText(link.object));
      links.push(isKnown ? circle(link.object) : link);
      if (isKnown) return { chain: links };
    }
    next = part.next;
  }
  return { chain: links };
}

/** The part of the chain in this service. */
export async function whyWithin({ workersOf }: Pick<WhyOptions, 'workersOf'>, start: Reference): Promise<Chain> {
  const links: WhyLink[] = [];
  const seen = new Set<string>();
  for (let next: Reference | undefined = start; next !== undefined && links.length < mostLinks;) {
    const workers = workersOf(next.kind);
    if (workers.length === 0) return { links, next };
    const text = referenceText(next);
    if (seen.has(text)) return { links: [...links, circle(next)], next: undefined };
    seen.add(text);
    const found: Found = await linkOf(workers, next);
    links.push(found.link);
    next = found.waitsOn !== undefined && referenceText(found.waitsOn) === text ? undefined : found.waitsOn;
  }
  return { links, next: undefined };
}

async function whyElsewhere({ bus, service }: WhyOptions, object: Reference): Promise<Chain> {
  const owner = requestsOfKind(object.kind);
  // An outside system, or a kind of Kubernetes itself: this is what must move.
  if (owner === undefined || owner.service === service) return { links: [{ object }], next: undefined };
  try {
    const { kind: _kind, ...query } = object;
    const { chain } = await bus.request(owner.requests.why, query, { timeoutMs: askTimeoutMs });
    const last = chain.at(-1);
    const isOpen =
      last !== undefined &&
      last.state === undefined &&
      last.reason === undefined &&
      last.message === undefined &&
      chain.length > 1;
    return isOpen
      ? { links: chain.slice(0, -1), next: last.object }
      : { links: chain.length === 0 ? [{ object }] : chain, next: undefined };
  } catch (error) {
    return {
      links: [{ object, reason: 'OwnerSilent', message: `${owner.service} could not be asked: ${messageOf(error)}` }],
      next: undefined,
    };
  }
}

interface Found {
  readonly link: WhyLink;
  readonly waitsOn: Reference | undefined;
}

async function linkOf(workers: readonly Worker[], object: Reference): Promise<Found> {
  const found = workers
    .map((worker) => ({ worker, present: presentOf(worker.kit, object) }))
    .find(({ present }) => present !== undefined);
  if (found?.present === undefined)
    return {
      link: { object, reason: 'NotFound', message: `there is no ${referenceText(object)}` },
      waitsOn: undefined,
    };
  const progress = progressOf(found.present);
  if (progress?.waitingOn !== undefined || progress?.reason !== undefined)
    return {
      link: {
        ...linkOfProgress(object, progress),
        ...lookOf(workers, found.present, progress),
        ...outlookOf(workers, found.present),
      },
      waitsOn: progress.waitingOn,
    };
  const outcome = await outcomeNow(workers, found.present);
  return {
    link: {
      ...(progress === undefined ? { object } : linkOfProgress(object, progress)),
      ...lookOf(workers, found.present, progress),
      ...outlookOf(workers, found.present),
      ...standing(outcome),
    },
    waitsOn: 'on' in outcome ? outcome.on : undefined,
  };
}

function presentOf({ caches, reconciler, written }: PassKit, { namespace, name }: Reference): KubeObject | undefined {
  const key = { namespace, name };
  return written.latest(reconciler.kind, key, caches.of(reconciler.kind).get(key));
}

/** As the last pass left it; where none was made by this process, as a plan made now would. */
async function outcomeNow(workers: readonly Worker[], object: KubeObject): Promise<Outcome> {
  let settled: Outcome = { type: 'settled' };
  for (const worker of workers) {
    const outcome = worker.memoryOf(keyOf(object))?.outcome ?? (await planOf(worker.kit, object)).outcome;
    if (outcome.type === 'waiting' || outcome.type === 'blocked') return outcome;
    if (outcome.type === 'progressing') settled = outcome;
  }
  return settled;
}

function linkOfProgress(object: Reference, { state, since, deadline, reason, message, abort }: Progress): WhyLink {
  return {
    object,
    state,
    since,
    ...(deadline === undefined ? {} : { deadline }),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(abort === undefined ? {} : { abort }),
  };
}

type Look = Pick<WhyLink, 'unblocks' | 'heartbeat' | 'lookedAt' | 'abort'>;

/** When it was looked at, and what the state table says of the state: what must move, and the sign of life until then. */
function lookOf(workers: readonly Worker[], object: KubeObject, progress: Progress | undefined): Look {
  const times = workers.flatMap((worker) => worker.memoryOf(keyOf(object))?.lookedAt ?? []);
  const looked = times.length === 0 ? {} : { lookedAt: rfc3339(Math.max(...times)) };
  const owner = workers.find(({ kit }) => kit.reconciler.machine?.table.states[progress?.state ?? ''] !== undefined);
  const declared = owner?.kit.reconciler.machine?.table.states[progress?.state ?? ''];
  if (owner === undefined || declared === undefined) return looked;
  if (declared.rest === true) return { ...looked, ...(progress?.reason === undefined ? {} : declared.held) };
  const heard = heardAt(owner, object);
  const heartbeat = { ...declared.heartbeat, ...(heard === undefined ? {} : { lastSeen: rfc3339(heard) }) };
  return { ...looked, unblocks: declared.waitsFor, heartbeat };
}

function outlookOf(workers: readonly Worker[], object: KubeObject): Pick<WhyLink, 'outlook'> {
  const [outlook] = workers.flatMap(({ kit }) => kit.reconciler.machine?.outlookOf?.(object) ?? []);
  return outlook === undefined ? {} : { outlook };
}

function heardAt({ kit }: Worker, object: KubeObject): number | undefined {
  const reader = cacheReader(kit.caches, kit.written, kit.scope, kit.clock.now());
  return kit.reconciler.machine?.heardAt?.(object, reader);
}

function standing(outcome: Outcome): Pick<WhyLink, 'reason' | 'message'> {
  if (outcome.type === 'settled') return { message: 'it waits for nothing: the world matches its spec' };
  if (outcome.type === 'progressing') return { message: outcome.message ?? 'it is being worked on now' };
  return { reason: outcome.reason, message: outcome.message };
}

function circle(object: Reference): WhyLink {
  return { object, reason: 'Circle', message: `${referenceText(object)} waits for itself by way of the others` };
}

/** What a service answers over the bus: its own part, with a bare link at the end that says who must be asked next. */
export async function whyForOthers(options: Pick<WhyOptions, 'workersOf'>, start: Reference): Promise<WhyAnswer> {
  const { links, next } = await whyWithin(options, start);
  return { chain: next === undefined ? links : [...links, { object: next }] };
}
