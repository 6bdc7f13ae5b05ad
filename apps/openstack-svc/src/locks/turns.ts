import type { NodeRole } from './lock-controller.js';
import type { MaintenanceOptions } from './maintenance-options.js';

/** A node that is to be worked on, or is. */
export interface AskedNode {
  readonly node: string;
  readonly roles: readonly NodeRole[];
  /** Availability zone of its compute; undefined where it is none or that is not known. */
  readonly zone: string | undefined;
  /** How much there is to move away from it; only the order matters. */
  readonly load: number;
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
  /** It has its turn already. */
  readonly isWorkedOn: boolean;
  /** It was asked for a moment ago: what is asked for along with it is not known yet. */
  readonly isGathering: boolean;
}

export type TurnLimits = Pick<MaintenanceOptions, 'atOnce' | 'respectZones'>;

/**
 * Why it is not the turn of each node yet, as a sentence; undefined for those whose turn it is. Those with the most to move
 * go first, so that the longest drains do not begin last; all are of one availability zone at a time. A compute waits a
 * moment for those that are asked for along with it, or whoever comes first would go first and send instances to those
 * that come next. Whoever asks gets the same answer.
 */
export function turnsOf(asked: readonly AskedNode[], limits: TurnLimits): ReadonlyMap<string, string | undefined> {
  const admitted = asked.filter(({ isWorkedOn }) => isWorkedOn);
  const turns = new Map<string, string | undefined>(admitted.map(({ node }) => [node, undefined]));
  for (const one of waitingIn(asked)) {
    const hindrance = one.isGathering ? gathering : overLimit(one, admitted, limits);
    turns.set(one.node, hindrance);
    if (hindrance === undefined) admitted.push(one);
  }
  return turns;
}

const gathering = 'computes that are asked for with it are looked for, to close them all before instances move';

/** The computes of a zone that are emptied first when it is its turn: as many as may be worked on at once. */
export function firstOf(
  asked: readonly AskedNode[],
  zone: string,
  { atOnce }: Pick<TurnLimits, 'atOnce'>,
): readonly AskedNode[] {
  const own = asked.filter((one) => one.zone === zone);
  return [...own.filter(({ isWorkedOn }) => isWorkedOn), ...waitingIn(own)].slice(0, atOnce.compute);
}

function waitingIn(asked: readonly AskedNode[]): readonly AskedNode[] {
  return asked.filter(({ isWorkedOn }) => !isWorkedOn).sort(byTurn);
}

function byTurn(a: AskedNode, b: AskedNode): number {
  return b.load - a.load || a.askedAt - b.askedAt || (a.node < b.node ? -1 : 1);
}

function overLimit({ roles, zone }: AskedNode, admitted: readonly AskedNode[], limits: TurnLimits): string | undefined {
  for (const role of roles) {
    const others = admitted.filter((other) => other.roles.includes(role));
    if (others.length >= limits.atOnce[role]) return `${limits.atOnce[role]} ${role} ${worked(others)}`;
  }
  if (!limits.respectZones || zone === undefined) return undefined;
  const elsewhere = admitted.find((other) => other.zone !== undefined && other.zone !== zone)?.zone;
  if (elsewhere === undefined) return undefined;
  return `computes of one availability zone are worked on at a time, and now it is ${elsewhere}`;
}

function worked(others: readonly AskedNode[]): string {
  const names = others.slice(0, 3).map(({ node }) => node);
  const more = others.length > names.length ? ` and ${others.length - names.length} more` : '';
  const [nodes, are] = others.length === 1 ? ['node', 'is'] : ['nodes', 'are'];
  return `${nodes} may be worked on at once, and ${others.length} ${are}: ${names.join(', ')}${more}`;
}

/** Why a controller must not go now. */
export function quorumLost({
  roles,
  quorums,
}: Pick<AskedNode, 'roles'> & { readonly quorums: readonly string[] }): string | undefined {
  return roles.includes('controller') && quorums.length > 0
    ? `a quorum would be lost: ${quorums.join('; ')}; bring the missing members back first`
    : undefined;
}
