import { setTimeout as pause } from 'node:timers/promises';
import { load } from 'js-yaml';
import { ask, type Asked, type Reply, type Target } from './client.js';
import { normalised } from './normalise.js';
import { type Line, patchTypes, type Story } from './story.js';

/** What a server answered to one request, without what is its own alone. */
export interface Answer {
  readonly name: string;
  readonly status: number;
  readonly contentType: string;
  readonly warnings: readonly string[];
  /** The body, the events of a watch, or text. */
  readonly body: unknown;
}

type Values = Record<string, string>;

const patience = { tries: 60, ms: 250 };

/**
 * Replays a story and returns its answers in order.
 *
 * @throws Error when a request that only prepares is refused
 */
export async function replay(target: Target, story: Story): Promise<readonly Answer[]> {
  const values: Values = { ns: `wire-${story.name}` };
  const prepare = { name: 'namespace', send: 'POST /api/v1/namespaces', body: { metadata: { name: '{ns}' } } };
  for (const line of [prepare, ...story.given]) {
    const { status, text } = await exchange(target, line, values);
    if (status >= 300) throw new Error(`${story.name}: ${line.name} was answered ${status}: ${text}`);
  }
  const answers: Answer[] = [];
  for (const line of story.lines) answers.push(answerOf(line, await exchange(target, line, values)));
  return answers;
}

async function exchange(target: Target, line: Line, values: Values): Promise<Reply> {
  const asked = askedOf(line, values);
  let reply = await ask(target, asked);
  for (let tries = 0; line.until !== undefined && reply.status !== line.until && tries < patience.tries; tries += 1) {
    await pause(patience.ms);
    reply = await ask(target, asked);
  }
  for (const [name, path] of Object.entries(line.keep ?? {})) values[name] = textAt(bodyOf(reply), path);
  return reply;
}

function askedOf(line: Line, values: Values): Asked {
  const filled = (text: string): string => text.replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all);
  const [method = '', path = ''] = filled(line.send).split(' ');
  const body = typeof line.body === 'string' ? line.body : JSON.stringify(line.body);
  const type = line.patch === undefined ? 'application/json' : patchTypes[line.patch];
  const headers = Object.entries(line.headers ?? {}).map(([name, value]) => [name, filled(value)] as const);
  return {
    method,
    path,
    as: line.as ?? 'admin/system:masters',
    headers: {
      ...(typeof line.body === 'object' || line.patch !== undefined ? { 'content-type': type } : {}),
      ...Object.fromEntries(headers),
    },
    body: body === undefined ? undefined : filled(body),
    events: line.events,
  };
}

function textAt(body: unknown, path: string): string {
  const found = path
    .split('.')
    .reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], body);
  return typeof found === 'string' ? found : '';
}

function answerOf(line: Line, reply: Reply): Answer {
  const body = normalised(bodyOf(reply, line.events));
  const warnings = [reply.headers.warning ?? []].flat();
  return {
    name: line.name,
    status: reply.status,
    contentType: String(reply.headers['content-type'] ?? ''),
    warnings: warnings.flatMap((text) => text.split(/, (?=299 )/)),
    body: (line.pick ?? []).reduce(member, body),
  };
}

/** The body; of a stream its events, of which a last one may have come only in part. */
function bodyOf({ headers, text }: Reply, events?: number): unknown {
  const type = String(headers['content-type'] ?? '');
  if (type.startsWith('application/yaml')) return load(text);
  if (!type.startsWith('application/json')) return text;
  if (events === undefined) return parsed(text);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .slice(0, events)
    .map(parsed);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function member(value: unknown, step: string): unknown {
  if (Array.isArray(value)) {
    const [path = '', wanted] = step.split('=');
    return value.find((item: unknown) => textAt(item, path) === wanted);
  }
  return (value as Record<string, unknown> | undefined)?.[step];
}
