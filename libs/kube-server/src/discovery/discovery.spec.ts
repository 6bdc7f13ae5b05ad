import { describe, expect, it } from '@jest/globals';
import { Document } from '../http/answers/answer.js';
import { routeOf } from '../http/routes.js';
import { builtIn } from '../kinds/declare.js';
import { KindTable } from '../kinds/kind-table.js';
import { managementKinds } from '../kinds/management.js';
import { Discovery } from './discovery.js';

const v2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const v2beta1 = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';

function ask(
  discovery: Discovery,
  path: string,
  accept = 'application/json',
): { code: number; type: string; document: Document | undefined; value: Record<string, unknown> } {
  const route = routeOf(path);
  if (route.type === 'path' || route.type === 'resource') throw new Error(`${path} is no path of discovery`);
  const { code, type, body } = discovery.answer(route, 'GET', accept);
  const document = body instanceof Document ? body : undefined;
  return {
    code,
    type,
    document,
    value:
      document === undefined
        ? {}
        : (JSON.parse(Buffer.from(document.content).toString('utf8')) as Record<string, unknown>),
  };
}

const widget = {
  ...builtIn({ group: 'example.com', kind: 'Widget', hasStatus: true, shortNames: ['wd'], members: {} }),
  custom: true,
};

describe('Discovery', () => {
  it('tells of everything at once to those who ask for it', () => {
    const { type, value } = ask(
      new Discovery(new KindTable(managementKinds)),
      '/apis',
      `${v2},${v2beta1},application/json`,
    );
    expect(type).toBe(v2);
    expect(value).toMatchObject({
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      items: expect.arrayContaining([expect.objectContaining({ metadata: { name: 'coordination.k8s.io' } })]),
    });
  });

  it('tells old clients in their version', () => {
    expect(
      ask(new Discovery(new KindTable(managementKinds)), '/api', `${v2beta1},application/json`).value,
    ).toMatchObject({
      apiVersion: 'apidiscovery.k8s.io/v2beta1',
      items: [{ metadata: {}, versions: [{ version: 'v1', freshness: 'Current' }] }],
    });
  });

  it('tells others step by step', () => {
    const discovery = new Discovery(new KindTable([...managementKinds, widget]));
    expect(ask(discovery, '/api').value).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    expect(ask(discovery, '/apis/example.com').value).toEqual({
      kind: 'APIGroup',
      apiVersion: 'v1',
      name: 'example.com',
      versions: [{ groupVersion: 'example.com/v1', version: 'v1' }],
      preferredVersion: { groupVersion: 'example.com/v1', version: 'v1' },
    });
    expect(ask(discovery, '/apis/example.com/v1').value).toEqual({
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: 'example.com/v1',
      resources: [
        {
          name: 'widgets',
          singularName: 'widget',
          namespaced: true,
          kind: 'Widget',
          verbs: widget.verbs,
          shortNames: ['wd'],
          storageVersionHash: expect.any(String),
        },
        {
          name: 'widgets/status',
          singularName: '',
          namespaced: true,
          kind: 'Widget',
          verbs: ['get', 'patch', 'update'],
        },
      ],
    });
  });

  it('tells of questions and of what is done with objects', () => {
    const discovery = new Discovery(new KindTable(managementKinds));
    expect(ask(discovery, '/apis/authorization.k8s.io/v1').value.resources).toContainEqual({
      name: 'selfsubjectaccessreviews',
      singularName: 'selfsubjectaccessreview',
      namespaced: false,
      kind: 'SelfSubjectAccessReview',
      verbs: ['create'],
    });
    expect(ask(discovery, '/api/v1').value.resources).toContainEqual({
      name: 'serviceaccounts/token',
      singularName: '',
      namespaced: true,
      group: 'authentication.k8s.io',
      version: 'v1',
      kind: 'TokenRequest',
      verbs: ['create'],
    });
  });

  it('makes a document once for each state of the kinds', () => {
    const kinds = new KindTable(managementKinds);
    const discovery = new Discovery(kinds);
    const [first, again] = [ask(discovery, '/apis', v2), ask(discovery, '/apis', v2)];
    kinds.setCustom('widgets.example.com', [widget]);
    const later = ask(discovery, '/apis', v2);
    expect([again.document === first.document, later.document?.tag === first.document?.tag]).toEqual([true, false]);
  });

  it.each(['/apis/nobody.knows', '/apis/nobody.knows/v1'])('does not know %s', (path) =>
    expect(ask(new Discovery(new KindTable(managementKinds)), path).code).toBe(404),
  );

  it('says so of a version that a group of Kubernetes does not have', () =>
    expect(() => ask(new Discovery(new KindTable(managementKinds)), '/api/v2')).toThrow(
      'the server could not find the requested resource',
    ));

  it('takes no other methods and gives no other types', () => {
    const discovery = new Discovery(new KindTable(managementKinds));
    expect(() => discovery.answer({ type: 'groups', legacy: true }, 'POST', undefined)).toThrow(
      'does not allow this method',
    );
    expect(() => ask(discovery, '/apis', 'text/html')).toThrow('only the following media types');
  });
});
