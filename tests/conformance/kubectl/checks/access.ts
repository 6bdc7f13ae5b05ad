import { expect } from '@jest/globals';
import type { Kubectl } from '../kubectl.fixtures.js';
import { type Check, check } from './check.js';

export const access: readonly Check[] = [
  check('create what gives rights', async (k) => {
    await k('create serviceaccount robot');
    await k('create role reader --verb get,list,watch --resource configmaps');
    await k('create rolebinding reader --role reader --serviceaccount work:robot');
    await k('create clusterrole viewer --verb get --resource widgets.example.com');
    await k('create clusterrolebinding viewer --clusterrole viewer --user jane');
    expect(await k('get rolebinding reader -o wide')).toMatch(/reader\s+Role\/reader\s+\d+s\s+work\/robot/);
  }),
  check('a token, and what it may do', async (k) => {
    const token = (await k('create token robot --duration 10m')).trim();
    const masked = k.file('token.kubeconfig', await withToken(k, token));
    expect(await k(`--kubeconfig ${masked} get configmaps -o name`)).toContain('configmap/');
    expect((await k.attempt(`--kubeconfig ${masked} get secrets`)).err).toContain(
      'User "system:serviceaccount:work:robot" cannot list resource "secrets" in API group "" in the namespace "work"',
    );
    expect(await k(`--kubeconfig ${masked} auth whoami`)).toContain('system:serviceaccount:work:robot');
  }),
  check('a wrong token', async (k) => {
    const masked = k.file('wrong.kubeconfig', await withToken(k, 'nonsense'));
    expect((await k.attempt(`--kubeconfig ${masked} get configmaps`)).err).toMatch(
      /You must be logged in to the server|Unauthorized/,
    );
  }),
  check('auth can-i for others', async (k) => {
    expect((await k.attempt('auth can-i delete secrets --as jane')).out).toBe('no\n');
    expect(await k('auth can-i get widgets.example.com --as jane')).toBe('yes\n');
    expect(await k('auth can-i get configmaps --as system:serviceaccount:work:robot')).toBe('yes\n');
  }),
  check('auth can-i --list', async (k) =>
    expect(await k('auth can-i --list --as system:serviceaccount:work:robot')).toMatch(
      /configmaps\s+\[\]\s+\[\]\s+\[get list watch\]/,
    ),
  ),
  check('impersonation with groups', async (k) =>
    expect(await k('get configmaps -o name --as anyone --as-group system:masters')).toContain('configmap/'),
  ),
  check('auth reconcile', async (k) => {
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'reconciled' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    };
    expect(await k('auth reconcile -f -', role)).toContain(
      'clusterrole.rbac.authorization.k8s.io/reconciled reconciled',
    );
  }),
];

async function withToken(k: Kubectl, token: string): Promise<object> {
  const config = JSON.parse(await k('config view --raw -o json')) as { users: unknown[] };
  return { ...config, users: [{ name: 'test', user: { token } }] };
}
