import { ConfigMapKind, type PolicyRule, RoleKind, ServiceAccountKind } from '@keelson/api';
import { describe, expect, it } from '@jest/globals';
import { testReconciler, testTable } from '../reconcile.fixtures.js';
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
  });

  it('grants what outputs of another sort need', () => {
    const outputs = [
      { kind: RoleKind, mode: 'shared' as const, verbs: ['apply' as const] },
      { kind: ServiceAccountKind, mode: 'shared' as const, verbs: ['createToken' as const] },
      { kind: ConfigMapKind, mode: 'shared' as const, verbs: ['status' as const] },
    ];
    expect(
      JSON.stringify(
        rbacOf('x-svc', [testReconciler({}, { outputs })], [{ apiGroups: ['x'], resources: ['y'], verbs: ['get'] }])[2],
      ),
    ).toEqual(
      expect.stringMatching(
        /"serviceaccounts\/token"\],"verbs":\["create"\].*"roles"\],"verbs":\["bind","create","escalate","patch"\].*"apiGroups":\["x"\]/,
      ),
    );
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
    expect(page).toContain('| `configmaps` | byMark |');
    expect(page).toContain('| `configmaps` | apply, delete | yes |');
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
