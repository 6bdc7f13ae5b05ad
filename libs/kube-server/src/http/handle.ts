import { messageOf, uuid } from '@keelson/std';
import { ApiError, internal } from '../status/status.js';
import { type Answer, statusAnswer, textAnswer } from './answers/answer.js';
import { authenticate, NobodyImpersonated } from './authenticate.js';
import { authorize } from './authorize.js';
import type { ServerContext } from './context.js';
import { abort, type Exchange, headerOf, type Incoming, type Outgoing, targetOf } from './exchange.js';
import { answerPath, isOpenPath } from './paths.js';
import { reply } from './answers/reply.js';
import { answerResource } from './resources.js';
import { type Route, routeOf } from './routes.js';
import type { User } from '../registry/context.js';

/** Answers one request, whatever happens on the way. */
export async function handle(context: ServerContext, incoming: Incoming, outgoing: Outgoing): Promise<void> {
  const { path, query } = targetOf(incoming.url ?? '/');
  const exchange: Exchange = {
    method: incoming.method ?? 'GET',
    path,
    query,
    user: nobody,
    incoming,
    outgoing,
    auditId: uuid(context.engine.registry.random),
    warnings: [],
  };
  incoming.setTimeout(idleMs, () => void fail(context, exchange, timedOut()));
  try {
    const answer = await answerTo(context, exchange);
    if (answer !== undefined) await reply(exchange, answer);
  } catch (error) {
    await fail(context, exchange, error);
  }
  incoming.setTimeout(0);
}

/** How long a request may stand still, in milliseconds of the machine: neither its body nor its answer moves. Watches may. */
const idleMs = 60_000;

function timedOut(): ApiError {
  return new ApiError(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout', {});
}

const nobody: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

async function answerTo(context: ServerContext, exchange: Exchange): Promise<Answer | undefined> {
  const { method, path, query, incoming } = exchange;
  const route = readRoute(path);
  if (route === undefined) return textAnswer(400, '400 Bad Request');
  const isOpen = route.type === 'path' && isOpenPath(path);
  const user = await authenticate(context.engine, incoming, isOpen);
  if (!isOpen) authorize(context.engine, user, method, route, path, query);
  const known = { ...exchange, user };
  switch (route.type) {
    case 'path':
      return answerPath(context, known);
    case 'resource':
      return answerResource(context, known, route);
    default:
      return context.discovery.answer(route, method, headerOf(incoming, 'accept'));
  }
}

/** undefined: the path holds a percent escape that is none, of which no server makes anything. */
function readRoute(path: string): Route | undefined {
  try {
    return routeOf(path);
  } catch {
    return undefined;
  }
}

async function fail(context: ServerContext, exchange: Exchange, error: unknown): Promise<void> {
  const { incoming, outgoing, method, path } = exchange;
  if (error instanceof NobodyImpersonated) {
    const text = `Internal Server Error: ${JSON.stringify(exchange.path)}: ${error.message}\n`;
    return reply(exchange, textAnswer(500, text));
  }
  if (!(error instanceof ApiError)) {
    context.log.error('a request failed for a reason that is a defect of this server', {
      method,
      path,
      error: messageOf(error),
      stack: error instanceof Error ? error.stack : undefined,
    });
  }
  if (outgoing.headersSent || outgoing.writableEnded) {
    return abort(outgoing);
  }
  if (error instanceof ApiError && (error.code === 406 || error.code === 415)) context.refused.mediaTypes += 1;
  const { status } = error instanceof ApiError ? error : internal(messageOf(error));
  try {
    await reply(exchange, statusAnswer(status, headerOf(incoming, 'accept')));
    incoming.resume();
  } catch (broken) {
    context.log.debug('an answer could not be sent', { method, path, error: messageOf(broken) });
  }
}
