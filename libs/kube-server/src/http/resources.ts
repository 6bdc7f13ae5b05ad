import { reviewOf } from '../discovery/reviews.js';
import type { KindDescriptor } from '../kinds/descriptor.js';
import type { Call } from '../registry/context.js';
import { getObject, listObjects, type ObjectList, withFreshToken } from '../registry/read.js';
import { deleteCollection, deleteObject, deletionStatus } from '../registry/remove.js';
import { createObject, patchObject, replaceObject } from '../registry/write.js';
import { apiVersionOf } from '../kinds/descriptor.js';
import { ApiError, badRequest, methodNotAllowed, unknownResource } from '../status/status.js';
import { includedOf } from '../table/table.js';
import { type Answer, formattedAnswer, pageNotFound, statusAnswer } from './answer.js';
import { verbOf } from './authorize.js';
import { decodeBody, decodePatch, patchTypeOf } from './body.js';
import type { ServerContext } from './context.js';
import { type Exchange, headerOf, readBody } from './exchange.js';
import { type Accepted, negotiate } from './negotiate.js';
import { type Representation, representationOf } from './representation.js';
import { answerReview } from './reviews.js';
import type { ResourceRoute } from './routes.js';
import { answerSubresource } from './subresources.js';
import { streamWatch } from './watch-stream.js';

/** A request for resources whose kind is known. */
export interface ResourceRequest {
  readonly context: ServerContext;
  readonly exchange: Exchange;
  readonly route: ResourceRoute;
  readonly kind: KindDescriptor;
  readonly call: Call;
  readonly accepted: Accepted;
}

/** Answers a request for resources; undefined when the answer is a stream that goes on by itself. */
export async function answerResource(
  context: ServerContext,
  exchange: Exchange,
  route: ResourceRoute,
): Promise<Answer | undefined> {
  const { kinds } = context.engine.registry;
  const review = reviewOf(route.group, route.version, route.plural);
  if (review !== undefined) return answerReview(context, exchange, route, review);
  const kind = kinds.byResource(route.group, route.version, route.plural);
  if (kind === undefined) {
    if (!kinds.hasVersion(route.group, route.version)) return pageNotFound();
    throw unknownResource();
  }
  const request = requestFor(context, exchange, route, kind);
  if (route.subresource !== undefined) return answerSubresource(request, route.subresource);
  return route.name === undefined ? answerCollection(request) : answerObject(request, route.name);
}

function requestFor(
  context: ServerContext,
  exchange: Exchange,
  route: ResourceRoute,
  kind: KindDescriptor,
): ResourceRequest {
  const isNamespace = kind.group === '' && kind.plural === 'namespaces' && route.namespace === route.name;
  if (!kind.namespaced && route.namespace !== undefined && !isNamespace) throw unknownResource();
  if (kind.namespaced && route.namespace === undefined && route.name !== undefined) throw unknownResource();
  const call: Call = {
    kind,
    namespace: kind.namespaced ? route.namespace : undefined,
    query: exchange.query,
    user: exchange.user,
    userAgent: headerOf(exchange.incoming, 'user-agent'),
    warnings: exchange.warnings,
  };
  return { context, exchange, route, kind, call, accepted: negotiate(headerOf(exchange.incoming, 'accept')) };
}

/** How the objects of a read are shown. */
export function representation({ context, exchange, kind, accepted }: ResourceRequest): Representation {
  return representationOf({
    kind,
    accepted,
    includeObject: includedOf(exchange.query.includeObject),
    now: () => context.now(),
  });
}

async function answerCollection(request: ResourceRequest): Promise<Answer | undefined> {
  const { context, exchange, route, kind, call } = request;
  const { registry } = context.engine;
  const isAcross = kind.namespaced && route.namespace === undefined;
  switch (verbOf(exchange.method, route, exchange.query)) {
    case 'watch':
      return answerWatch(request, call);
    case 'list':
      return answerList(request);
    case 'create': {
      if (isAcross) throw methodNotAllowed();
      const { status, object } = await createObject(registry, call, await bodyOf(exchange));
      return objectAnswer(request, status, object);
    }
    case 'deletecollection': {
      if (isAcross) throw methodNotAllowed();
      const { items } = await deleteCollection(registry, call, await bodyOf(exchange));
      return listAnswer(request, {
        apiVersion: apiVersionOf(kind),
        kind: kind.listKind,
        metadata: { resourceVersion: String(registry.store.revision) },
        items,
      });
    }
    case 'update':
      throw badRequest('name must be provided');
    default:
      throw methodNotAllowed();
  }
}

function answerWatch(request: ResourceRequest, call: Call): undefined {
  const { context, exchange } = request;
  streamWatch(context.engine.registry, call, exchange, representation(request), context.watches);
}

async function answerList(request: ResourceRequest): Promise<Answer> {
  const { registry } = request.context.engine;
  try {
    return listAnswer(request, await listObjects(registry, request.call));
  } catch (error) {
    throw error instanceof ApiError ? withFreshToken(error, registry, request.call) : error;
  }
}

function listAnswer(request: ResourceRequest, list: ObjectList): Answer {
  const { format } = request.accepted;
  const pieces = representation(request).list(list);
  if (format === 'json' && list.items.length > longList) return { code: 200, type: 'application/json', body: pieces };
  return formattedAnswer(200, [...pieces].join(''), format);
}

/** Items beyond which a list is made and sent in pieces. Clients that page ask for 500 at a time. */
const longList = 500;

async function answerObject(request: ResourceRequest, name: string): Promise<Answer | undefined> {
  const { context, exchange, route, call, kind } = request;
  const { registry } = context.engine;
  switch (verbOf(exchange.method, route, exchange.query)) {
    case 'get':
      return formattedAnswer(
        200,
        representation(request).one(getObject(registry, call, name)),
        request.accepted.format,
      );
    case 'watch':
      return answerWatch(request, { ...call, query: { ...call.query, fieldSelector: `metadata.name=${name}` } });
    case 'update': {
      const { status, object } = await replaceObject(registry, call, name, 'main', await bodyOf(exchange));
      return objectAnswer(request, status, object);
    }
    case 'patch': {
      const type = patchTypeOf(headerOf(exchange.incoming, 'content-type'), kind.custom);
      const { status, object } = await patchObject(
        registry,
        call,
        name,
        'main',
        type,
        decodePatch(await readBody(exchange.incoming), type),
      );
      return objectAnswer(request, status, object);
    }
    case 'delete': {
      const { kept, object } = await deleteObject(registry, call, name, await bodyOf(exchange));
      if (kept !== undefined) return objectAnswer(request, 200, kept);
      return statusAnswer(deletionStatus(call, object), headerOf(exchange.incoming, 'accept'));
    }
    default:
      throw methodNotAllowed();
  }
}

/** The answer to a write, in the form that was asked for. */
export function objectAnswer(
  request: ResourceRequest,
  code: number,
  object: Parameters<Representation['one']>[0],
): Answer {
  return formattedAnswer(code, representation(request).one(object), request.accepted.format);
}

/** The object in the body. */
export async function bodyOf({ incoming }: Exchange): Promise<unknown> {
  return decodeBody(await readBody(incoming), headerOf(incoming, 'content-type'));
}
