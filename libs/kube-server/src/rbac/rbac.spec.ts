import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Attributes } from '../engine/engine.js';
import { type TestEngine, testEngine } from '../engine/engine.fixtures.js';
import type { User } from '../registry/context.js';
import type { Draft } from '../storage/stored.js';
import { uncovered } from './rules.js';

const rbac = 'rbac.authorization.k8s.io/v1';
const rule = (apiGroups: string[], resources: string[], verbs: string[], more: Draft = {}): Draft => ({
  apiGroups,
  resources,
  verbs,
  ...more,
});
const role = (kind: 'Role' | 'ClusterRole', name: string, rules: Draft[]): Draft => ({
  apiVersion: rbac,
  kind,
  metadata: kind === 'Role' ? { namespace: 'default', name } : { name },
  rules,
});
const binding = (kind: 'RoleBinding' | 'ClusterRoleBinding', of: Draft, user: string): Draft => ({
  apiVersion: rbac,
  kind,
  metadata: { ...(kind === 'RoleBinding' ? { namespace: 'default' } : {}), name: `${user}-binding` },
  roleRef: { kind: of.kind, name: (of.metadata as { name: string }).name },
  subjects: [{ kind: 'User', name: user }],
});
const user = (name: string, ...groups: string[]): User => ({ name, groups: [...groups, 'system:authenticated'] });

describe('RBAC', () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await testEngine();
  });
  afterEach(() => engine.close());
  const may = (who: User, asked: Attributes): boolean => engine.authorize(who, asked).allowed;

  it.each<[string, Draft, Attributes, boolean]>([
    ['the verb and the resource', rule([''], ['pods'], ['get']), { verb: 'get', resource: 'pods' }, true],
    ['not another verb', rule([''], ['pods'], ['get']), { verb: 'list', resource: 'pods' }, false],
    [
      'not another group',
      rule([''], ['pods'], ['get']),
      { verb: 'get', group: 'metrics.k8s.io', resource: 'pods' },
      false,
    ],
    ['not a subresource', rule([''], ['pods'], ['get']), { verb: 'get', resource: 'pods', subresource: 'log' }, false],
    [
      'a subresource by name',
      rule([''], ['pods/log'], ['get']),
      { verb: 'get', resource: 'pods', subresource: 'log' },
      true,
    ],
    [
      'a subresource of anything',
      rule(['*'], ['*/scale'], ['update']),
      { verb: 'update', group: 'apps', resource: 'deployments', subresource: 'scale' },
      true,
    ],
    ['everything', rule(['*'], ['*'], ['*']), { verb: 'patch', group: 'g', resource: 'r', subresource: 's' }, true],
    [
      'one name',
      rule([''], ['secrets'], ['get'], { resourceNames: ['a'] }),
      { verb: 'get', resource: 'secrets', name: 'a' },
      true,
    ],
    [
      'not another name',
      rule([''], ['secrets'], ['get'], { resourceNames: ['a'] }),
      { verb: 'get', resource: 'secrets', name: 'b' },
      false,
    ],
    [
      'not all names',
      rule([''], ['secrets'], ['list'], { resourceNames: ['a'] }),
      { verb: 'list', resource: 'secrets' },
      false,
    ],
    ['a path', { nonResourceURLs: ['/metrics'], verbs: ['get'] }, { verb: 'get', path: '/metrics' }, true],
    ['paths below another', { nonResourceURLs: ['/logs/*'], verbs: ['get'] }, { verb: 'get', path: '/logs/a' }, true],
    ['not paths beside it', { nonResourceURLs: ['/logs/*'], verbs: ['get'] }, { verb: 'get', path: '/log' }, false],
  ])('allows %s', async (_, granted, asked, allowed) => {
    const given = role('ClusterRole', 'given', [granted]);
    await engine.create(given);
    await engine.create(binding('ClusterRoleBinding', given, 'ann'));
    expect(may(user('ann'), asked)).toBe(allowed);
    expect(may(user('bob'), asked)).toBe(false);
  });

  it('holds a binding of a namespace to that namespace, and ends with it', async () => {
    const view = role('ClusterRole', 'view', []);
    const bound = binding('RoleBinding', view, 'ann');
    await engine.create(bound);
    expect(may(user('ann'), { verb: 'get', resource: 'configmaps', namespace: 'default', name: 'x' })).toBe(true);
    expect(may(user('ann'), { verb: 'get', resource: 'configmaps', namespace: 'kube-system', name: 'x' })).toBe(false);
    expect(may(user('ann'), { verb: 'list', resource: 'configmaps' })).toBe(false);
    await engine.remove(bound);
    expect(may(user('ann'), { verb: 'get', resource: 'configmaps', namespace: 'default', name: 'x' })).toBe(false);
  });

  it('sums up aggregated roles: edit holds what view holds, admin what edit holds, and more as roles come', async () => {
    const [edit, admin] = [engine.get(role('ClusterRole', 'edit', [])), engine.get(role('ClusterRole', 'admin', []))];
    expect(edit?.rules).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ resources: ['secrets'] }),
        expect.objectContaining({ resources: ['poddisruptionbudgets'], verbs: ['get', 'list', 'watch'] }),
      ]),
    );
    expect(admin?.rules).toEqual(expect.arrayContaining(edit?.rules as Draft[]));
    await engine.create({
      ...role('ClusterRole', 'more', [rule(['x.io'], ['things'], ['get'])]),
      metadata: { name: 'more', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
    });
    expect(engine.get(role('ClusterRole', 'admin', []))?.rules).toContainEqual(rule(['x.io'], ['things'], ['get']));
  });

  it('lets nobody give more than they have', async () => {
    const writer = role('ClusterRole', 'writer', [
      rule(['rbac.authorization.k8s.io'], ['*'], ['create', 'patch', 'get']),
      rule([''], ['pods'], ['get']),
    ]);
    await engine.create(writer);
    await engine.create(binding('ClusterRoleBinding', writer, 'ann'));
    await engine.create(role('Role', 'small', [rule([''], ['pods'], ['get'])]), user('ann'));
    await expect(
      engine.create(role('Role', 'big', [rule([''], ['pods', 'secrets'], ['get'])]), user('ann')),
    ).rejects.toThrow(
      'roles.rbac.authorization.k8s.io "big" is forbidden: user "ann" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    );
    await engine.create(binding('RoleBinding', role('Role', 'small', []), 'bob'), user('ann'));
    await expect(
      engine.create(binding('ClusterRoleBinding', role('ClusterRole', 'cluster-admin', []), 'ann2'), user('ann')),
    ).rejects.toThrow('attempting to grant RBAC permissions not currently held');
  });

  it('knows service accounts as users and by their groups', async () => {
    const given = role('Role', 'given', [rule([''], ['configmaps'], ['get'])]);
    await engine.create(given);
    await engine.create({
      ...binding('RoleBinding', given, 'x'),
      subjects: [{ kind: 'ServiceAccount', name: 'robot' }],
    });
    expect(
      may(user('system:serviceaccount:default:robot', 'system:serviceaccounts'), {
        verb: 'get',
        resource: 'configmaps',
        namespace: 'default',
      }),
    ).toBe(true);
  });

  it('answers reviews', () => {
    const asked = { spec: { resourceAttributes: { verb: 'get', resource: 'configmaps', namespace: 'default' } } };
    const review = (kind: string, object: Draft, who = user('ann'), namespace?: string): unknown =>
      engine.review(
        `${kind.includes('Access') || kind.includes('Rules') ? 'authorization' : 'authentication'}.k8s.io/v1`,
        kind,
        object,
        who,
        namespace,
      )?.status;
    expect(review('SelfSubjectAccessReview', asked)).toEqual({ allowed: false });
    expect(review('SubjectAccessReview', { spec: { ...asked.spec, groups: ['system:masters'] } })).toEqual({
      allowed: true,
    });
    expect(
      review('LocalSubjectAccessReview', { spec: { ...asked.spec, user: 'bob' } }, user('ann'), 'default'),
    ).toEqual({ allowed: false });
    expect(review('SelfSubjectRulesReview', { spec: { namespace: 'default' } })).toMatchObject({
      incomplete: false,
      resourceRules: [
        { verbs: ['create'], apiGroups: ['authorization.k8s.io'] },
        { resources: ['selfsubjectreviews'] },
      ],
    });
    expect(review('SelfSubjectReview', {})).toEqual({
      userInfo: { username: 'ann', groups: ['system:authenticated'] },
    });
    expect(() => review('SubjectAccessReview', { spec: { user: 'ann' } })).toThrow(
      'exactly one of nonResourceAttributes or resourceAttributes must be specified',
    );
    expect(engine.review('v1', 'ConfigMap', {}, user('ann'))).toBeUndefined();
  });
});

describe('covering of rules', () => {
  const one = (apiGroups: string[], resources: string[], verbs: string[], resourceNames: string[] = []) => ({
    apiGroups,
    resources,
    verbs,
    resourceNames,
    nonResourceURLs: [],
  });

  it.each([
    ['itself', one([''], ['pods'], ['get']), one([''], ['pods'], ['get']), 0],
    ['a part', one([''], ['pods', 'secrets'], ['get', 'list']), one([''], ['pods'], ['get', 'list']), 0],
    ['what stars hold', one(['*'], ['*'], ['*']), one(['a'], ['b/c'], ['d'], ['e']), 0],
    ['one name of all', one([''], ['pods'], ['get']), one([''], ['pods'], ['get'], ['a']), 0],
    ['not all names by one', one([''], ['pods'], ['get'], ['a']), one([''], ['pods'], ['get']), 1],
    ['not a star by a word', one([''], ['pods'], ['get']), one([''], ['pods'], ['*']), 1],
    ['not all resources by some', one(['*'], ['pods'], ['*']), one(['*'], ['*'], ['*']), 1],
    ['each missing part by itself', one([''], ['pods'], ['get']), one([''], ['pods', 'secrets'], ['get', 'list']), 3],
  ])('finds %s', (_, held, wanted, missing) => {
    expect(uncovered([held], [wanted])).toHaveLength(missing);
  });
});
