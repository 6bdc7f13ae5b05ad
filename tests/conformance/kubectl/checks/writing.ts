import { expect } from '@jest/globals';
import { type Check, check } from './check.js';
import { configMap, widget } from './objects.js';

export const writing: readonly Check[] = [
  check('what exists already', async (k) => {
    await k('create configmap twice');
    expect((await k.attempt('create configmap twice')).err).toContain('configmaps "twice" already exists');
  }),
  check('dry run', async (k) => {
    expect(await k('create configmap dry --dry-run=server')).toBe('configmap/dry created (server dry run)\n');
    expect((await k.attempt('get configmap dry')).code).toBe(1);
  }),
  check('conflict of server-side apply, and force', async (k) => {
    await k('apply --server-side --field-manager one -f -', configMap('contested', { a: '1' }));
    const { err } = await k.attempt('apply --server-side --field-manager two -f -', configMap('contested', { a: '2' }));
    expect(err).toContain('conflict with "one": .data.a');
    expect(
      await k('apply --server-side --field-manager two --force-conflicts -f -', configMap('contested', { a: '2' })),
    ).toBe('configmap/contested serverside-applied\n');
  }),
  check('from client-side to server-side apply', async (k) => {
    await k('apply -f -', configMap('migrated', { a: '1', b: '1' }));
    await k('apply --server-side -f -', configMap('migrated', { a: '2' }));
    expect(await k('get configmap migrated -o jsonpath={.data}')).toBe('{"a":"2"}');
  }),
  check('diff --server-side', async (k) => {
    await k('apply --server-side -f -', configMap('declared', { a: '1' }));
    expect((await k.attempt('diff --server-side -f -', configMap('declared', { a: '3' }))).code).toBe(1);
  }),
  check('last applied configuration', async (k) => {
    await k('apply -f -', configMap('remembered', { a: '1' }));
    expect(await k('apply view-last-applied configmap remembered')).toMatch(/a: "1"/);
    await k(`apply set-last-applied -f ${k.file('last.json', configMap('remembered', { a: '1', b: '2' }))}`);
    expect(await k('apply view-last-applied configmap remembered')).toMatch(/b: "2"/);
  }),
  check('apply --prune', async (k) => {
    await k('apply -f -', configMap('pruned', {}, { set: 'x' }));
    await k('apply --prune -l set=x --prune-allowlist core/v1/ConfigMap -f -', configMap('kept', {}, { set: 'x' }));
    expect(await k('get configmap -l set=x -o name')).toBe('configmap/kept\n');
  }),
  check('apply -k', async (k) => {
    k.file('kustomization.yaml', { resources: ['part.json'], namePrefix: 'k-' });
    const part = k.file('part.json', configMap('part', { a: '1' }));
    expect(await k(`apply -k ${part.replace('/part.json', '')}`)).toBe('configmap/k-part created\n');
  }),
  check('patches of all types', async (k) => {
    await k('create configmap patched --from-literal a=1');
    await k(`patch configmap patched --type merge -p '{"data":{"b":"2"}}'`);
    await k(`patch configmap patched --type json -p '[{"op":"replace","path":"/data/a","value":"3"}]'`);
    await k(`patch configmap patched --type strategic -p '{"data":{"c":"4"}}'`);
    expect(await k('get configmap patched -o jsonpath={.data}')).toBe('{"a":"3","b":"2","c":"4"}');
  }),
  check('patches that are refused', async (k) => {
    await k('create configmap guarded --from-literal a=1');
    const { err } = await k.attempt(
      `patch configmap guarded --type json -p '[{"op":"test","path":"/data/a","value":"9"}]'`,
    );
    expect(err).toContain('the server rejected our request due to an error in our request');
    await k('apply -f -', widget('guarded'));
    expect((await k.attempt(`patch widget guarded --type strategic -p '{"spec":{"size":"large"}}'`)).err).toContain(
      'application/strategic-merge-patch+json is not supported by example.com/v1, Kind=Widget',
    );
  }),
  check('replace, and replace --force', async (k) => {
    await k('create configmap replaced --from-literal a=1');
    expect(await k('replace -f -', configMap('replaced', { a: '2' }))).toBe('configmap/replaced replaced\n');
    expect(await k(`replace --force -f ${k.file('forced.json', configMap('replaced', { a: '3' }))}`)).toMatch(
      /configmap\/replaced replaced/,
    );
  }),
  check('replace with an old version', async (k) => {
    await k('create configmap stale --from-literal a=1');
    const old = JSON.parse(await k('get configmap stale -o json')) as object;
    await k('annotate configmap stale moved=on');
    expect((await k.attempt('replace -f -', old)).err).toContain(
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  }),
  check('edit', async (k) => {
    k.file('editor', '#!/bin/sh\nsed -i "s/before/after/" "$1"\n', 0o700);
    await k('create configmap edited --from-literal a=before');
    expect(await k('edit configmap edited')).toBe('configmap/edited edited\n');
    expect(await k('get configmap edited -o jsonpath={.data.a}')).toBe('after');
  }),
  check('label and annotate again', async (k) => {
    await k('create configmap marked');
    await k('label configmap marked a=1');
    expect((await k.attempt('label configmap marked a=2')).code).toBe(1);
    await k('label --overwrite configmap marked a=2');
    await k('annotate configmap marked b=1');
    await k('annotate configmap marked b-');
    expect(await k('get configmap marked -o jsonpath={.metadata.labels}{.metadata.annotations}')).toBe('{"a":"2"}');
  }),
  check('a wrong label', async (k) => {
    await k('create configmap mislabelled');
    const { err } = await k.attempt(`patch configmap mislabelled -p '{"metadata":{"labels":{"a":"b c"}}}'`);
    expect(err).toContain('metadata.labels: Invalid value: "b c"');
  }),
  check('create with generateName', async (k) => {
    expect(await k('create -f -', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'gen-' } })).toMatch(
      /configmap\/gen-[a-z0-9]{5} created/,
    );
  }),
  check('delete by label, all, and of what is not there', async (k) => {
    await k('apply -f -', configMap('swept', {}, { sweep: 'yes' }));
    expect(await k('delete configmap -l sweep=yes')).toMatch(/"swept" deleted/);
    await k('create configmap rest -n kube-public');
    expect(await k('delete configmap --all -n kube-public')).toMatch(/"rest" deleted/);
    expect(await k('delete configmap nowhere --ignore-not-found')).toBe('');
  }),
  check('wait for deletion', async (k) => {
    await k('create configmap leaving');
    const leaving = k('wait configmap/leaving --for delete --timeout 10s');
    await k('delete configmap leaving');
    await leaving;
  }),
  check('wait for creation', async (k) => {
    await k('create configmap present');
    expect(await k('wait configmap/present --for create --timeout 5s')).toBe('configmap/present condition met\n');
  }),
];
