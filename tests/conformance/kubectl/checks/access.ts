import { expect } from '@jest/globals';
import type { Kubectl } from '../kubectl.fixtures.js';
import { type Check, check } from './check.js';

export const access: readonly Check[] = [
  check('create what gives rights', async (k) => {
    await reader(k, 'robot');
    await k('create clusterrole viewer --verb get --resource widgets.example.com');
    await k('create clusterrolebinding viewer --clusterrole viewer --user jane');
    expect(await k('get rolebinding robot -o wide')).toMatch(/robot\s+Role\/robot\s+\d+s\s+work\/robot/);
    expect(await k('auth can-i get widgets.example.com --as jane')).toBe('yes\n');
    expect((await k.attempt('auth can-i delete secrets --as jane')).out).toBe('no\n');
    await k('set subject rolebinding robot --user joe --group readers');
    expect(await k('auth can-i list configmaps --as joe')).toBe('yes\n');
  }),
  check('a token, and what it may do', async (k) => {
    await reader(k, 'tokened');
    const token = (await k('create token tokened --duration 10m --audience https://kubernetes.default.svc')).trim();
    const masked = k.file('token.kubeconfig', await withToken(k, token));
    expect(await k(`--kubeconfig ${masked} get configmaps -o name`)).toContain('configmap/');
    expect((await k.attempt(`--kubeconfig ${masked} get secrets`)).err).toContain(
      'User "system:serviceaccount:work:tokened" cannot list resource "secrets" in API group "" in the namespace "work"',
    );
    expect(await k(`--kubeconfig ${masked} auth whoami`)).toContain('system:serviceaccount:work:tokened');
  }),
  check('a wrong token', async (k) => {
    const masked = k.file('wrong.kubeconfig', await withToken(k, 'nonsense'));
    expect((await k.attempt(`--kubeconfig ${masked} get configmaps`)).err).toMatch(
      /You must be logged in to the server|Unauthorized/,
    );
  }),
  check('a token goes with what it is bound to', async (k) => {
    await reader(k, 'bound');
    await k('create secret generic bond');
    const token = await k('create token bound --bound-object-kind Secret --bound-object-name bond');
    const masked = k.file('bound.kubeconfig', await withToken(k, token.trim()));
    expect(await k(`--kubeconfig ${masked} get configmaps -o name`)).toContain('configmap/');
    await k('delete secret bond');
    expect((await k.attempt(`--kubeconfig ${masked} get configmaps`)).code).toBe(1);
  }),
  check('auth can-i --list', async (k) => {
    await reader(k, 'listed');
    const listed = await k('auth can-i --list --as system:serviceaccount:work:listed');
    expect(listed).toMatch(/configmaps\s+\[\]\s+\[\]\s+\[get list watch\]/);
  }),
  check('impersonation with groups and an identity', async (k) => {
    expect(await k('get configmaps -o name --as anyone --as-group system:masters')).toContain('configmap/');
    expect((await k.attempt('get configmaps --as anyone')).err).toContain('User "anyone" cannot list');
    expect(await k('auth can-i get pods --as anyone --as-uid 1234 --as-group system:masters')).toBe('yes\n');
  }),
  check('admission policies', async (k) => {
    await k('apply -f -', policy);
    await k('apply -f -', policyBinding);
    expect(await k('get validatingadmissionpolicies few-keys')).toMatch(/few-keys\s+1\s+<unset>\s+\d+s/);
    expect(await k('get validatingadmissionpolicybindings')).toMatch(/few-keys\s+few-keys\s+<unset>\s+\d+s/);
    expect(await k('explain validatingadmissionpolicy.spec.validations')).toContain('messageExpression');
    const refused = await k.attempt('create configmap policed --from-literal a=1 --from-literal b=2');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('denied request: one key at most')]);
    await k('create configmap policed --from-literal a=1');
    await k('delete validatingadmissionpolicybinding few-keys');
    await k('delete validatingadmissionpolicy few-keys');
  }),
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
    const version = await k('get clusterrole reconciled -o jsonpath={.metadata.resourceVersion}');
    await k('auth reconcile -f -', role);
    expect(await k('get clusterrole reconciled -o jsonpath={.metadata.resourceVersion}')).toBe(version);
  }),
];

const policyGroup = 'admissionregistration.k8s.io/v1';
const policy = {
  apiVersion: policyGroup,
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'few-keys' },
  spec: {
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          operations: ['CREATE'],
          resources: ['configmaps'],
          resourceNames: ['policed'],
        },
      ],
    },
    validations: [{ expression: 'object.data.size() <= 1', message: 'one key at most' }],
  },
};
const policyBinding = {
  apiVersion: policyGroup,
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: 'few-keys' },
  spec: { policyName: 'few-keys', validationActions: ['Deny'] },
};

/** A service account that may read configmaps, with role and binding of its name. */
async function reader(k: Kubectl, name: string): Promise<void> {
  await Promise.all([
    k(`create serviceaccount ${name}`),
    k(`create role ${name} --verb get,list,watch --resource configmaps`),
  ]);
  await k(`create rolebinding ${name} --role ${name} --serviceaccount work:${name}`);
}

async function withToken(k: Kubectl, token: string): Promise<object> {
  const config = JSON.parse(await k('config view --raw -o json')) as { users: unknown[] };
  return { ...config, users: [{ name: 'test', user: { token } }] };
}
