import type { Review } from '../discovery/reviews.js';
import { managerOf } from '../registry/options.js';
import { asText, isObject } from '../schema/schema.js';
import { badRequest, methodNotAllowed, unknownResource } from '../status/status.js';
import { frozenCopy } from '../storage/stored.js';
import { type Answer, formattedAnswer } from './answers/answer.js';
import type { ServerContext } from './context.js';
import { decodeBody } from './body.js';
import { type Exchange, headerOf, readBody } from './exchange.js';
import { negotiate } from './answers/negotiate.js';
import type { ResourceRoute } from './routes.js';

/** Answers a question that is posted and not stored. */
export async function answerReview(
  context: ServerContext,
  exchange: Exchange,
  route: ResourceRoute,
  review: Review,
): Promise<Answer> {
  if (review.namespaced !== (route.namespace !== undefined)) throw unknownResource();
  if (route.name !== undefined) throw unknownResource();
  if (exchange.method !== 'POST') throw methodNotAllowed();
  const { format } = negotiate(headerOf(exchange.incoming, 'accept'));
  const body = frozenCopy(
    decodeBody(await readBody(exchange.incoming), headerOf(exchange.incoming, 'content-type'), review.kind),
  );
  if (!isObject(body)) throw badRequest(`the object provided is unrecognized (must be of type ${review.kind})`);
  if (review.kind === 'TokenReview' && isObject(body.spec))
    await context.engine.prepare({ bearer: asText(body.spec.token) });
  const apiVersion = `${review.group}/${review.version}`;
  const answered = context.engine.review(
    apiVersion,
    review.kind,
    { ...body, apiVersion, kind: review.kind },
    exchange.user,
    route.namespace,
    managerOf({ query: exchange.query, userAgent: headerOf(exchange.incoming, 'user-agent') }),
  );
  if (answered === undefined) throw unknownResource();
  return formattedAnswer(201, JSON.stringify(answered), format);
}
