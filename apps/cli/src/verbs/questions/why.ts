import type { WhyAnswer, WhyLink } from '@keelson/contracts';
import { askOwner, findObject } from '../../embedded/credentials/access.js';
import { layoutHere } from '../../embedded/layout.js';
import { bold, dim } from '../../screen/style.js';
import { objectArguments, objectUsage } from './object-arguments.js';
import type { Verb } from '../verb.js';

export const why: Verb = {
  name: 'why',
  summary: 'what an object waits for, link by link across services, to the one thing that must move',
  usage: ['<kind>/<name>         such as cluster/first or machine/cp-1', ...objectUsage],
  async run(args) {
    const wanted = objectArguments('why', args);
    const layout = layoutHere();
    const { kind, namespace, name } = await findObject(layout, wanted);
    const answer = await askOwner<WhyAnswer>(layout, 'why', kind, namespace, name);
    process.stdout.write(wanted.asJson ? `${JSON.stringify(answer, null, 2)}\n` : `${whyText(answer)}\n`);
    return 0;
  },
};

/** The chain from the object asked about down to what holds it; the last link with all that is known of it. */
export function whyText({ chain }: WhyAnswer): string {
  const leaf = chain.at(-1);
  if (leaf === undefined) return 'nothing is known of it';
  const teller = heldAt(chain) ?? leaf;
  const path = chain.flatMap((link, depth) => {
    const line = `${'  '.repeat(depth)}${depth === 0 ? '' : '└─ '}${linkText(link)}`;
    // Of the last one that says something all of it stands below.
    const more = link === teller ? '' : termText(link);
    return more === '' ? [line] : [line, `${'  '.repeat(depth + 1)} ${dim(more)}`];
  });
  const isAtRest = chain.length === 1 && leaf.reason === undefined && leaf.unblocks === undefined;
  return [...path, '', ...leafLines(teller, isAtRest ? 'nothing' : nameOf(leaf.object))].join('\n');
}

function linkText({ object, state, since, reason, message }: WhyLink): string {
  const at = state === undefined ? '' : ` is ${state}${since === undefined ? '' : dim(` since ${since}`)}`;
  const says = message === undefined ? '' : `: ${reason === undefined ? '' : `${reason}: `}${message}`;
  return `${bold(nameOf(object))}${at}${says}`;
}

/** Until when, by which sign of life, and how it ends. */
function termText({ deadline, heartbeat, lookedAt, outlook, unblocks, abort }: WhyLink): string {
  const parts = [
    outlook,
    deadline && `until ${deadline}`,
    heartbeat && `sign of life: ${signText(heartbeat)}`,
    lookedAt && `looked at ${lookedAt}`,
    unblocks && `unblocked by: ${unblocks}`,
    abort && `aborted by: ${abort}`,
  ];
  return parts.filter((part) => part !== undefined && part !== '').join('; ');
}

function signText({ sign, everySeconds, lastSeen }: NonNullable<WhyLink['heartbeat']>): string {
  return `${sign}, at least every ${everySeconds} s${lastSeen === undefined ? '' : `, last seen ${lastSeen}`}`;
}

/** The last link that says something of its standing: an outside system at the end says nothing, and some wait for nothing. */
function heldAt(chain: readonly WhyLink[]): WhyLink | undefined {
  const told = chain.findLast(({ reason, state }) => reason !== undefined || state !== undefined);
  return told ?? chain.findLast(({ message }) => message !== undefined);
}

function leafLines(teller: WhyLink, holder: string): string[] {
  const { since, deadline, heartbeat, lookedAt, outlook, unblocks, abort } = teller;
  const line = (label: string, text: string | undefined): string[] =>
    text === undefined ? [] : [`${dim(label.padEnd(14))}${text}`];
  return [
    ...line('holds it', holder),
    ...line('since', since),
    ...line('outlook', outlook),
    ...line('deadline', deadline),
    ...line('sign of life', heartbeat && signText(heartbeat)),
    ...line('looked at', lookedAt),
    ...line('unblocks it', unblocks),
    ...line('aborts it', abort),
  ];
}

function nameOf({ kind, namespace, name }: WhyLink['object']): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
