import { expect } from '@jest/globals';
import { load } from 'js-yaml';
import { type Check, check } from './check.js';
import { configMap, widget } from './objects.js';

/** What every version is tried with. */
export const basics: readonly Check[] = [
  check('version', async (k) => expect(await k('version')).toContain('v1.33.0+embedded')),
  check('api-resources', async (k) =>
    expect(await k('api-resources --api-group kaas.mirantis.com')).toMatch(
      /publickeys\s+kaas.mirantis.com\/v1alpha1\s+true\s+PublicKey/,
    ),
  ),
  check('create and get a namespace', async (k) => {
    expect(await k('create namespace made')).toBe('namespace/made created\n');
    expect(await k('get namespace made')).toMatch(/NAME\s+STATUS\s+AGE\nmade\s+Active\s+\d+s/);
  }),
  check('create configmap, get as yaml', async (k) => {
    await k('create configmap plain --from-literal a=b');
    expect(load(await k('get configmap plain -o yaml'))).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      data: { a: 'b' },
    });
  }),
  check('create secret', async (k) => {
    await k('create secret generic hidden --from-literal password=x');
    expect(await k('get secret hidden')).toMatch(/hidden\s+Opaque\s+1/);
  }),
  check('apply creates, changes and leaves alone', async (k) => {
    expect(await k('apply -f -', configMap('applied', { a: '1' }))).toBe('configmap/applied created\n');
    expect(await k('apply -f -', configMap('applied', { a: '2' }))).toBe('configmap/applied configured\n');
    expect(await k('apply -f -', configMap('applied', { a: '2' }))).toBe('configmap/applied unchanged\n');
  }),
  check('apply --server-side', async (k) =>
    expect(await k('apply --server-side -f -', configMap('declared', { a: '1' }))).toBe(
      'configmap/declared serverside-applied\n',
    ),
  ),
  check('diff', async (k) => {
    await k('apply -f -', configMap('differs', { a: '1' }));
    const { code, out } = await k.attempt('diff -f -', configMap('differs', { a: '2' }));
    expect({ code, shows: /-\s+a: "1"\n\+\s+a: "2"/.test(out) }).toEqual({ code: 1, shows: true });
    expect(await k('diff -f -', configMap('differs', { a: '1' }))).toBe('');
  }),
  check('label, annotate, select', async (k) => {
    await k('create configmap labelled');
    await k('label configmap labelled colour=red');
    await k('annotate configmap labelled note=first');
    expect(await k('get configmap -l colour=red -o name')).toBe('configmap/labelled\n');
    await k('label configmap labelled colour-');
    expect(await k('get configmap -l colour=red -o name')).toBe('');
  }),
  check('custom resources: apply, columns, short names', async (k) => {
    await k('apply -f -', widget('one'));
    expect(await k('get wd one')).toMatch(/NAME\s+SIZE\s+AGE\none\s+small\s+\d+s/);
    expect(await k('apply -f -', widget('one', { size: 'large' }))).toBe('widget.example.com/one configured\n');
    expect(await k('get widget one -o jsonpath={.spec.replicas}')).toBe('1');
  }),
  check('a wrong custom resource is refused', async (k) => {
    const { err } = await k.attempt('create -f -', widget('wrong', { size: 'huge' }));
    expect(err).toContain(
      'The Widget "wrong" is invalid: spec.size: Unsupported value: "huge": supported values: "small", "large"',
    );
  }),
  check('an unknown field is refused', async (k) => {
    const { code, err } = await k.attempt('create -f -', { ...configMap('strict', {}), datta: {} });
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('unknown field "datta"') });
  }),
  check('explain', async (k) => {
    expect(await k('explain configmap.data')).toMatch(/FIELD:\s+data <map\[string\]string>/);
    expect(await k('explain widget.spec')).toContain('How large it is.');
  }),
  check('auth can-i', async (k) => expect(await k('auth can-i create configmaps')).toBe('yes\n')),
  check('auth whoami', async (k) => expect(await k('auth whoami')).toMatch(/Username\s+admin/)),
  check('wait for a field', async (k) => {
    await k('apply -f -', widget('awaited'));
    const waiting = k('wait widget/awaited --for jsonpath={.status.phase}=Ready --timeout 60s');
    await k(`patch widget awaited --subresource status --type merge -p '{"status":{"phase":"Ready"}}'`);
    expect(await waiting).toBe('widget.example.com/awaited condition met\n');
  }),
  check('delete', async (k) => {
    await k('create configmap gone');
    expect(await k('delete configmap gone')).toMatch(/configmap "gone" deleted/);
    expect((await k.attempt('get configmap gone')).err).toContain(
      'Error from server (NotFound): configmaps "gone" not found\n',
    );
  }),
];
