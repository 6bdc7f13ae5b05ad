import { describe, expect, it } from '@jest/globals';
import { routeOf } from './routes.js';

const resource = {
  type: 'resource',
  group: '',
  version: 'v1',
  namespace: undefined,
  name: undefined,
  subresource: undefined,
};

describe('routeOf', () => {
  it.each([
    ['/api', { type: 'groups', legacy: true }],
    ['/apis/', { type: 'groups', legacy: false }],
    ['/apis/apps', { type: 'group', group: 'apps' }],
    ['/api/v1', { type: 'version', group: '', version: 'v1' }],
    ['/apis/apps/v1', { type: 'version', group: 'apps', version: 'v1' }],
    ['/api/v1/pods', { ...resource, plural: 'pods' }],
    ['/api/v1/namespaces', { ...resource, plural: 'namespaces' }],
    ['/api/v1/namespaces/a', { ...resource, namespace: 'a', plural: 'namespaces', name: 'a' }],
    [
      '/api/v1/namespaces/a/status',
      { ...resource, namespace: 'a', plural: 'namespaces', name: 'a', subresource: 'status' },
    ],
    [
      '/api/v1/namespaces/a/finalize',
      { ...resource, namespace: 'a', plural: 'namespaces', name: 'a', subresource: 'finalize' },
    ],
    ['/api/v1/namespaces/a/pods', { ...resource, namespace: 'a', plural: 'pods' }],
    ['/api/v1/namespaces/a/pods/b', { ...resource, namespace: 'a', plural: 'pods', name: 'b' }],
    ['/api/v1/namespaces/a/pods/b/log', { ...resource, namespace: 'a', plural: 'pods', name: 'b', subresource: 'log' }],
    ['/apis/g/v2/namespaces/a/status', { ...resource, group: 'g', version: 'v2', namespace: 'a', plural: 'status' }],
    [
      '/apis/g/v2/things/system%3Aone',
      { ...resource, group: 'g', version: 'v2', plural: 'things', name: 'system:one' },
    ],
    ['/api/v1/nodes/n/proxy/x/y', { ...resource, plural: 'nodes', name: 'n', subresource: 'proxy/x/y' }],
    ['/version', { type: 'path', path: '/version' }],
  ])('reads %s', (path, route) => expect(routeOf(path)).toEqual(route));

  it('refuses an escape that is none', () => expect(() => routeOf('/api/v1/pods/%zz')).toThrow(URIError));
});
