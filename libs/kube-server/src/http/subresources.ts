import { isObject } from '../schema/schema.js';
import { finalizeNamespace } from '../engine/namespaces.js';
import { headOf } from '../registry/context.js';
import { getObject } from '../registry/read.js';
import { getScale, patchScale, replaceScale } from '../registry/scale.js';
import { managerOf } from '../registry/options.js';
import { patchObject, replaceObject } from '../registry/write.js';
import { ApiError, badRequest, conflict, methodNotAllowed, notFound, unknownResource } from '../status/status.js';
import { type Draft, frozenCopy } from '../storage/stored.js';
import { resourceId } from '../kinds/descriptor.js';
import { type Answer, formattedAnswer, jsonAnswer, textAnswer } from './answers/answer.js';
import { decodePatch, patchTypeOf } from './body.js';
import { headerOf, readBody } from './exchange.js';
import { bodyOf, objectAnswer, representation, type ResourceRequest } from './resources.js';

/** Answers a request for a part of an object, or for something that is done with it. */
export async function answerSubresource(request: ResourceRequest, subresource: string): Promise<Answer> {
  const { kind, route } = request;
  const { name } = route;
  if (name === undefined) throw unknownResource();
  if (subresource === 'status' && kind.hasStatus) return answerStatus(request, name);
  if (subresource === 'scale' && kind.scale !== undefined) return answerScale(request, name);
  if (subresource.split('/')[0] === 'proxy' && resourceId(kind) === 'services') return proxyService(request, name);
  const particular = particulars[`${resourceId(kind)}/${subresource}`];
  if (particular !== undefined) return particular(request, name);
  throw kind.custom ? notFound(kind, name) : unknownResource();
}

async function answerStatus(request: ResourceRequest, name: string): Promise<Answer> {
  const { context, exchange, call, kind } = request;
  const { registry } = context.engine;
  switch (exchange.method) {
    case 'GET':
      return formattedAnswer(
        200,
        representation(request).one(getObject(registry, call, name)),
        request.accepted.format,
      );
    case 'PUT': {
      const { status, object } = await replaceObject(registry, call, name, 'status', await bodyOf(exchange, kind.kind));
      return objectAnswer(request, status, object);
    }
    case 'PATCH': {
      const type = patchTypeOf(headerOf(exchange.incoming, 'content-type'), kind.custom);
      const { status, object } = await patchObject(
        registry,
        call,
        name,
        'status',
        type,
        decodePatch(await readBody(exchange.incoming), type),
      );
      return objectAnswer(request, status, object);
    }
    default:
      throw methodNotAllowed();
  }
}

async function answerScale(request: ResourceRequest, name: string): Promise<Answer> {
  const { context, exchange, call, accepted } = request;
  const { registry } = context.engine;
  const answer = (object: Draft): Answer => formattedAnswer(200, JSON.stringify(object), accepted.format);
  switch (exchange.method) {
    case 'GET':
      return answer(getScale(registry, call, name));
    case 'PUT':
      return answer({ ...(await replaceScale(registry, call, name, await bodyOf(exchange, 'Scale'))).object });
    case 'PATCH': {
      const type = patchTypeOf(headerOf(exchange.incoming, 'content-type'), false);
      return answer({
        ...(await patchScale(registry, call, name, type, decodePatch(await readBody(exchange.incoming), type))).object,
      });
    }
    default:
      throw methodNotAllowed();
  }
}

type Particular = (request: ResourceRequest, name: string) => Promise<Answer>;

/** Subresources of one kind only. */
const particulars: Readonly<Record<string, Particular>> = {
  'serviceaccounts/token': issueToken,
  'namespaces/finalize': finalize,
  'pods/eviction': evict,
  'pods/binding': bind,
  'pods/log': readLog,
};

async function postedBody(request: ResourceRequest, kind: string): Promise<Draft> {
  if (request.exchange.method !== 'POST') throw methodNotAllowed();
  const body = frozenCopy(await bodyOf(request.exchange, kind));
  if (!isObject(body)) throw badRequest('the body of the request is not an object');
  return body;
}

async function issueToken(request: ResourceRequest, name: string): Promise<Answer> {
  const body = await postedBody(request, 'TokenRequest');
  const account = { namespace: request.call.namespace ?? '', name };
  return jsonAnswer(201, request.context.engine.issueToken(account, body, managerOf(request.call)));
}

async function evict(request: ResourceRequest, name: string): Promise<Answer> {
  const body = await postedBody(request, 'Eviction');
  return jsonAnswer(
    201,
    await request.context.engine.evict({ namespace: request.call.namespace ?? '', name }, request.call, body),
  );
}

/** Finalizers of a namespace are in its spec, which no other write may change. */
async function finalize(request: ResourceRequest, name: string): Promise<Answer> {
  if (request.exchange.method !== 'PUT') throw methodNotAllowed();
  return objectAnswer(
    request,
    200,
    await finalizeNamespace(request.context.engine.registry, name, await bodyOf(request.exchange, 'Namespace')),
  );
}

/** What a scheduler does: says on which node a pod runs. */
async function bind(request: ResourceRequest, name: string): Promise<Answer> {
  const { context, call, kind } = request;
  const body = await postedBody(request, 'Binding');
  const node = isObject(body.target) ? body.target.name : undefined;
  if (typeof node !== 'string' || node === '') throw badRequest('a binding must name the node in target.name');
  const pod = headOf(context.engine.registry, call, name);
  if (pod === undefined) throw notFound(kind, name);
  const bound = isObject(pod.spec) ? pod.spec.nodeName : undefined;
  if (typeof bound === 'string' && bound !== '')
    throw conflict({ group: '', plural: 'pods/binding' }, name, `pod ${name} is already assigned to node "${bound}"`);
  await patchObject(context.engine.registry, call, name, 'main', 'merge', { spec: { nodeName: node } });
  return jsonAnswer(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

async function readLog({ context, exchange, call }: ResourceRequest, name: string): Promise<Answer> {
  if (exchange.method !== 'GET') throw methodNotAllowed();
  const pod = getObject(context.engine.registry, call, name);
  return textAnswer(200, context.podLog?.(pod, call.query) ?? '');
}

/** Headers that are between the client and this server, or would show its credentials to who is reached. */
const ownHeaders = new Set([
  'authorization',
  'connection',
  'host',
  'content-length',
  'accept-encoding',
  'transfer-encoding',
]);

/** Hands a request on to what stands behind a Service: `[scheme:]name[:port]`, then any path. */
async function proxyService({ context, exchange, call }: ResourceRequest, name: string): Promise<Answer> {
  if (context.serviceProxy === undefined)
    throw new ApiError(503, 'ServiceUnavailable', `no endpoints available for service ${JSON.stringify(name)}`);
  const parts = name.split(':');
  const [service = '', port] = parts.length === 3 ? parts.slice(1) : parts;
  const headers = Object.entries(exchange.incoming.headers).flatMap(([key, value]) =>
    key.startsWith(':') || ownHeaders.has(key) || value === undefined ? [] : [[key, String(value)] as const],
  );
  const target = exchange.incoming.url ?? '';
  const {
    status,
    headers: answered,
    body,
  } = await context.serviceProxy({
    namespace: call.namespace ?? '',
    scheme: parts.length === 3 && parts[0] === 'https' ? 'https' : 'http',
    service,
    port: port === '' ? undefined : port,
    method: exchange.method,
    path: target.replace(/^.*?\/services\/[^/]+\/proxy\/?/, '/'),
    headers: Object.fromEntries(headers),
    body: await readBody(exchange.incoming),
  });
  const { 'content-type': type = '', ...others } = answered;
  return { code: status, type, body, headers: others };
}
