import { reviewOf } from '../discovery/reviews.js';
import type { KindDescriptor } from '../kinds/descriptor.js';
import type { KindTable } from '../kinds/kind-table.js';
import type { Call } from '../registry/context.js';
import { getObject, listObjects, type ObjectList, withFreshToken } from '../registry/read.js';
import { deleteCollection, deleteObject, deletionStatus } from '../registry/remove.js';
import { createObject, patchObject, replaceObject } from '../registry/write.js';
import { apiVersionOf } from '../kinds/descriptor.js';
import { ApiError, methodNotAllowed, unknownResource } from '../status/status.js';
import { includedOf } from '../table/table.js';
import { type Answer, formattedAnswer, pageNotFound, statusAnswer } from './answers/answer.js';
import { verbOf } from './authorize.js';
import { decodeBody, decodeDeletion, decodePatch, patchTypeOf } from './body.js';
import type { ServerContext } from './context.js';
import { type Exchange, headerOf, readBody } from './exchange.js';
import { type Accepted, negotiate, streamNotAcceptable } from './answers/negotiate.js';
import { type Representation, representationOf } from './answers/representation.js';
import { answerReview } from './reviews.js';
import type { ResourceRoute } from './routes.js';
import { answerSubresource } from './subresources.js';
import { streamWatch } from './answers/watch-stream.js';

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
    if (isPageless(kinds, route)) return pageNotFound();
    throw unknownResource();
  }
  if (kind.deprecation !== undefined) exchange.warnings.push(kind.deprecation);
  const request = requestFor(context, exchange, route, kind);
  if (route.subresource !== undefined) return answerSubresource(request, route.subresource);
  return route.name === undefined ? answerCollection(request) : answerObject(request, route.name);
}

/** Groups that nobody serves and those of custom kinds have no Status for what they do not know. */
function isPageless(kinds: KindTable, { group, version }: ResourceRoute): boolean {
  if (!kinds.hasVersion(group, version)) return true;
  return kinds.all().some((kind) => kind.group === group && kind.custom);
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
  return {
    context,
    exchange,
    route,
    kind,
    call,
    accepted: negotiate(headerOf(exchange.incoming, 'accept'), kind.custom),
  };
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
      const { status, object } = await createObject(registry, call, await bodyOf(exchange, kind.kind));
      return objectAnswer(request, status, object);
    }
    case 'deletecollection': {
      if (isAcross || !kind.verbs.includes('deletecollection')) throw methodNotAllowed();
      const { items } = await deleteCollection(registry, call, await deletionBodyOf(exchange));
      return listAnswer(request, {
        apiVersion: apiVersionOf(kind),
        kind: kind.listKind,
        metadata: { resourceVersion: String(registry.store.revision), ...(kind.custom ? { continue: '' } : {}) },
        items,
      });
    }
    default:
      throw methodNotAllowed();
  }
}

function answerWatch(request: ResourceRequest, call: Call): undefined {
  const { context, exchange, accepted } = request;
  if (accepted.format !== 'json') throw streamNotAcceptable();
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
  requireForm(request, 'PartialObjectMetadata', `the requested object is a list (*${goType(request.kind)}List)`);
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
      return objectAnswer(request, 200, getObject(registry, call, name));
    case 'watch':
      return answerWatch(request, { ...call, query: { ...call.query, fieldSelector: `metadata.name=${name}` } });
    case 'update': {
      const { status, object } = await replaceObject(registry, call, name, 'main', await bodyOf(exchange, kind.kind));
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
      const { kept, object } = await deleteObject(registry, call, name, await deletionBodyOf(exchange));
      if (kept !== undefined || kind.strategy.returnsDeleted === true)
        return objectAnswer(request, 200, kept ?? object);
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
  requireForm(request, 'PartialObjectMetadataList', `the requested object is not a list (*${goType(request.kind)})`);
  return formattedAnswer(code, representation(request).one(object), request.accepted.format);
}

/** Metadata of one object is no answer to a list, nor the other way round. */
function requireForm({ accepted }: ResourceRequest, form: Accepted['as'], why: string): void {
  if (accepted.as === form) throw new ApiError(406, 'NotAcceptable', `you requested ${String(form)}, but ${why}`);
}

function goType({ group, kind, custom }: KindDescriptor): string {
  if (custom) return 'unstructured.Unstructured';
  return `${group === '' ? 'core' : (group.split('.')[0] ?? '')}.${kind}`;
}

/** The object in the body, which should be of the kind. */
export async function bodyOf({ incoming }: Exchange, kind: string): Promise<unknown> {
  return decodeBody(await readBody(incoming), headerOf(incoming, 'content-type'), kind);
}

async function deletionBodyOf({ incoming }: Exchange): Promise<unknown> {
  return decodeDeletion(await readBody(incoming), headerOf(incoming, 'content-type'));
}
