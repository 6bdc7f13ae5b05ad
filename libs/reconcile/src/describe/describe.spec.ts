import {
  ConfigMapKind,
  type KubeObject,
  type PolicyRule,
  RoleKind,
  SecretKind,
  ServiceAccountKind,
} from '@keelson/api';
import { describe, expect, it } from '@jest/globals';
import { testReconciler, testTable } from '../reconcile.fixtures.js';
import { input, type Output } from '../reconciler.js';
import { rbacOf } from './rbac.js';
import { reconcilerPage } from './reconciler-page.js';
import { durationText, stateDiagram } from './state-diagram.js';

describe('what is generated from declarations', () => {
  it('grants what was declared and nothing else', () => {
    const objects = rbacOf('baremetal-svc', [testReconciler()]);
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`)).toEqual([
      'Namespace /keelson-system',
      'ServiceAccount keelson-system/baremetal-svc',
      'ClusterRole /keelson:baremetal-svc',
      'ClusterRoleBinding /keelson:baremetal-svc',
      'Role keelson-system/baremetal-svc',
      'RoleBinding keelson-system/baremetal-svc',
    ]);
    expect(objects[2]).toMatchObject({
      rules: [
        { apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'] },
        { apiGroups: [''], resources: ['events'], verbs: ['create', 'get', 'patch'] },
        { apiGroups: ['ipam.mirantis.com'], resources: ['ipamhosts'], verbs: ['get', 'list', 'patch', 'watch'] },
        { apiGroups: ['ipam.mirantis.com'], resources: ['ipamhosts/finalizers'], verbs: ['update'] },
        { apiGroups: ['ipam.mirantis.com'], resources: ['ipamhosts/status'], verbs: ['patch'] },
      ] satisfies PolicyRule[],
    });
    expect(objects[4]).toMatchObject({
      rules: [
        { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
        {
          apiGroups: ['coordination.k8s.io'],
          resources: ['leases'],
          resourceNames: ['baremetal-svc'],
          verbs: ['get', 'patch', 'update'],
        },
      ] satisfies PolicyRule[],
    });
  });

  it('grants only reading to who writes nothing, and reading where it reads', () => {
    const inputs = [
      input({ kind: SecretKind, selection: { namespaces: ['a', 'b'] }, mapToOwn: () => [] }),
      input({
        kind: ConfigMapKind,
        selection: { namespaces: ['a'], fieldSelector: 'metadata.name=x' },
        mapToOwn: () => [],
      }),
    ];
    const verbs = ['get', 'list', 'watch'];
    expect(rightsOf(rbacOf('x-svc', [testReconciler({}, { inputs, outputs: [] })]))).toEqual({
      everywhere: [
        { apiGroups: [''], resources: ['events'], verbs: ['create', 'get', 'patch'] },
        { apiGroups: ['ipam.mirantis.com'], resources: ['ipamhosts'], verbs },
      ],
      a: [
        { apiGroups: [''], resources: ['configmaps'], resourceNames: ['x'], verbs },
        { apiGroups: [''], resources: ['secrets'], verbs },
      ],
      b: [{ apiGroups: [''], resources: ['secrets'], verbs }],
    });
  });

  it('grants what outputs of another sort need, where they are written and by what name', () => {
    const rule: PolicyRule = { apiGroups: ['x'], resources: ['y'], verbs: ['get'] };
    const outputs: Output[] = [
      { kind: RoleKind, mode: 'shared', verbs: ['apply'], namespaces: ['a'], gives: [rule] },
      { kind: ServiceAccountKind, mode: 'shared', verbs: ['createToken'], namespaces: ['a'], names: ['one'] },
      { kind: ConfigMapKind, mode: 'shared', verbs: ['status', 'create', 'delete'], names: ['map'] },
    ];
    const group = 'rbac.authorization.k8s.io';
    const extra = { rules: [{ apiGroups: ['z'], resources: ['z'], verbs: ['get'] }] };
    const { everywhere, a } = rightsOf(rbacOf('x-svc', [testReconciler({}, { inputs: [], outputs })], [extra]));
    expect(everywhere?.filter(({ apiGroups }) => apiGroups?.[0] !== 'ipam.mirantis.com')).toEqual([
      { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] },
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['map'], verbs: ['delete'] },
      { apiGroups: [''], resources: ['configmaps/status'], resourceNames: ['map'], verbs: ['patch'] },
      { apiGroups: [''], resources: ['events'], verbs: ['create', 'get', 'patch'] },
      { apiGroups: ['z'], resources: ['z'], verbs: ['get'] },
    ]);
    expect(a).toEqual([
      { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: ['one'], verbs: ['create'] },
      { apiGroups: [group], resources: ['roles'], verbs: ['bind', 'create', 'patch'] },
      rule,
    ]);
  });

  it('draws the states', () => {
    expect(
      stateDiagram({
        kind: 'Host',
        initial: '',
        states: {
          '': { meaning: 'new', rest: true, to: ['powering off'] },
          'powering off': { meaning: 'ends', rest: true, to: [], deletable: true },
        },
      }),
    ).toBe(
      [
        'stateDiagram-v2',
        '  state "(none)" as none_yet',
        '  state "powering off" as powering_off',
        '  [*] --> none_yet',
        '  none_yet --> powering_off',
        '  powering_off --> [*]',
      ].join('\n'),
    );
  });

  it('tells of a reconciler what it reads and writes, and its states', () => {
    const page = reconcilerPage(testReconciler());
    expect(page).toContain('| `configmaps` |  | byMark |');
    expect(page).toContain('| `configmaps` |  | apply, delete | yes |');
    expect(page).toContain(
      '| `Waiting` | Its ConfigMap is not ready. | 10 min: it fails | the ConfigMap changes, every 60 s | the ConfigMap | delete it; nothing is lost |',
    );
    expect(page).toContain(stateDiagram(testTable));
  });

  it('says durations in the words of operators', () => {
    expect([60, 90, 600, 5_400, 7_200, 86_400].map(durationText)).toEqual([
      '60 s',
      '90 s',
      '10 min',
      '90 min',
      '2 h',
      '24 h',
    ]);
  });
});

/** Rules by namespace, those of leases left out. */
function rightsOf(objects: readonly KubeObject[]): Readonly<Record<string, readonly PolicyRule[]>> {
  const roles = objects.filter(
    ({ kind, metadata }) => kind.endsWith('Role') && metadata.namespace !== 'keelson-system',
  );
  return Object.fromEntries(
    roles.map((role) => [role.metadata.namespace ?? 'everywhere', 'rules' in role ? (role.rules as PolicyRule[]) : []]),
  );
}
