import type { Attributes, Engine } from '../engine/engine.js';
import type { User } from '../registry/context.js';
import { isTrue, type Query } from '../registry/options.js';
import { parseFieldSelector, requiredName } from '../selector/field-selector.js';
import { methodNotAllowed } from '../status/status.js';
import { refused, refusedPath } from './authenticate.js';
import type { ResourceRoute, Route } from './routes.js';

/** The verb of a request about resources. */
export function verbOf(method: string, route: ResourceRoute, query: Query): string {
  switch (method) {
    case 'GET':
      if (route.isWatch) return 'watch';
      if (route.name === undefined && query.watch !== undefined && isTrue(query.watch)) return 'watch';
      return route.name === undefined ? 'list' : 'get';
    case 'HEAD':
      // Objects have no such request; what is reached through a proxy may.
      if (route.subresource?.split('/')[0] !== 'proxy') throw methodNotAllowed();
      return 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return route.name === undefined ? 'deletecollection' : 'delete';
    default:
      throw methodNotAllowed();
  }
}

/**
 * Lets a request pass or not, before its body is read.
 *
 * @throws ApiError 403
 */
export function authorize(engine: Engine, user: User, method: string, route: Route, path: string, query: Query): void {
  if (route.type !== 'resource') {
    const verb = method === 'HEAD' ? 'head' : method.toLowerCase();
    if (!engine.authorize(user, { verb, path }).allowed) throw refusedPath(user, verb, path);
    return;
  }
  const attributes = attributesOf(method, route, query);
  if (!engine.authorize(user, attributes).allowed) throw refused(user, attributes);
}

function attributesOf(
  method: string,
  route: ResourceRoute,
  query: Query,
): Attributes & { readonly group: string; readonly resource: string } {
  const verb = verbOf(method, route, query);
  const name = route.name ?? selectedName(verb, query);
  const namespace =
    route.group === '' && route.plural === 'namespaces' ? (route.name ?? route.namespace) : route.namespace;
  return {
    verb,
    group: route.group,
    version: route.version,
    resource: route.plural,
    // What stands behind `proxy` is a path in what is reached.
    ...(route.subresource === undefined ? {} : { subresource: route.subresource.replace(/^proxy\/.*$/, 'proxy') }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}

/** A collection of which one name is selected is authorised like that object. */
function selectedName(verb: string, query: Query): string | undefined {
  if (query.fieldSelector === undefined || !['list', 'watch', 'deletecollection'].includes(verb)) return undefined;
  return requiredName(parseFieldSelector(query.fieldSelector));
}
