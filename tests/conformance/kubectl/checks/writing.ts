import { expect } from '@jest/globals';
import { createAuthority } from '@keelson/std';
import { type Check, check } from './check.js';
import { configMap, widget } from './objects.js';

export const writing: readonly Check[] = [
  check('what exists already', async (k) => {
    await k('create configmap twice');
    expect((await k.attempt('create configmap twice')).err).toContain('configmaps "twice" already exists');
  }),
  check('create configmaps and secrets of all types', async (k) => {
    const { keyPem, certPem } = createAuthority({ commonName: 'any', notBefore: Date.UTC(2026, 0), days: 1 });
    const binary = k.file('files/binary', '\u0000\u0001'.repeat(4));
    await k(`create configmap filed --from-file=${binary} --from-file=named=${k.file('files/text', 'words')}`);
    expect(await k('get configmap filed -o jsonpath={.data}')).toContain('words');
    await k(`create secret tls served --cert ${k.file('tls/crt', certPem)} --key ${k.file('tls/key', keyPem)}`);
    await k('create secret docker-registry pulls --docker-server r.example --docker-username me --docker-password x');
    const types = await k('get secret served pulls -o jsonpath={.items[*].type}');
    expect(types).toBe('kubernetes.io/tls kubernetes.io/dockerconfigjson');
  }),
  check('create --save-config, and apply what differs', async (k) => {
    await k('create --save-config -f -', configMap('saved', { a: '1', b: '1' }));
    expect(await k('apply -f -', configMap('saved', { a: '1' }))).toBe('configmap/saved configured\n');
    expect(await k('get configmap saved -o jsonpath={.data}')).toBe('{"a":"1"}');
  }),
  check('dry run', async (k) => {
    expect(await k('create configmap dry --dry-run=server')).toBe('configmap/dry created (server dry run)\n');
    expect(await k('apply --dry-run=server -f -', configMap('dry', {}))).toContain('created (server dry run)');
    expect(await k('apply --server-side --dry-run=server -f -', configMap('dry', {}))).toContain('(server dry run)');
    expect((await k.attempt('get configmap dry')).code).toBe(1);
    await k('create configmap tried');
    await k('label configmap tried a=b --dry-run=server');
    await k(`patch configmap tried -p '{"data":{"a":"b"}}' --dry-run=server`);
    expect(await k('delete configmap tried --dry-run=server')).toMatch(/"tried" deleted.* \(server dry run\)/);
    expect(await k('get configmap tried -o jsonpath={.metadata.labels}{.data}')).toBe('');
  }),
  check('validation that warns, and none', async (k) => {
    const wrong = (name: string): object => ({ ...configMap(name, {}), datta: {} });
    expect(await k.attempt('create --validate=warn -f -', wrong('warned'))).toMatchObject({
      code: 0,
      err: expect.stringContaining('Warning: unknown field "datta"'),
    });
    expect(await k.attempt('create --validate=ignore -f -', wrong('unwarned'))).toMatchObject({ code: 0, err: '' });
  }),
  check('apply a folder, and a list of mixed kinds', async (k) => {
    k.file('folder/one.json', configMap('in-folder', { a: '1' }));
    const deeper = k.file('folder/deeper/two.json', widget('in-folder'));
    expect(await k(`apply -R -f ${deeper.replace('/deeper/two.json', '')}`)).toBe(
      'widget.example.com/in-folder created\nconfigmap/in-folder created\n',
    );
    const items = [configMap('in-list', {}), widget('in-list')];
    expect(await k('apply -f -', { apiVersion: 'v1', kind: 'List', items })).toBe(
      'configmap/in-list created\nwidget.example.com/in-list created\n',
    );
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
    await k('apply --server-side -f -', configMap('compared', { a: '1' }));
    expect((await k.attempt('diff --server-side -f -', configMap('compared', { a: '3' }))).code).toBe(1);
  }),
  check('last applied configuration', async (k) => {
    await k('apply -f -', configMap('remembered', { a: '1' }));
    expect(await k('apply view-last-applied configmap remembered')).toMatch(/a: "1"/);
    await k(`apply set-last-applied -f ${k.file('last.json', configMap('remembered', { a: '1', b: '2' }))}`);
    expect(await k('apply view-last-applied configmap remembered')).toMatch(/b: "2"/);
    await k('apply -f -', configMap('remembered', { a: 'before' }));
    await k('apply edit-last-applied configmap remembered');
    expect(await k('apply view-last-applied configmap remembered')).toMatch(/a: after/);
  }),
  check('apply --prune', async (k) => {
    await k('apply -f -', configMap('pruned', {}, { set: 'x' }));
    await k('apply --prune -l set=x --prune-allowlist core/v1/ConfigMap -f -', configMap('kept', {}, { set: 'x' }));
    expect(await k('get configmap -l set=x -o name')).toBe('configmap/kept\n');
  }),
  check('apply -k', async (k) => {
    k.file('kustomized/kustomization.yaml', { resources: ['part.json'], namePrefix: 'k-' });
    const folder = k.file('kustomized/part.json', configMap('part', { a: '1' })).replace('/part.json', '');
    expect(await k(`apply -k ${folder}`)).toBe('configmap/k-part created\n');
    expect(await k(`delete -k ${folder}`)).toMatch(/"k-part" deleted/);
  }),
  check('patches of all types', async (k) => {
    await k('create configmap patched --from-literal a=1');
    await k(`patch configmap patched --type merge -p '{"data":{"b":"2"}}'`);
    await k(`patch configmap patched --type json -p '[{"op":"replace","path":"/data/a","value":"3"}]'`);
    await k(`patch configmap patched --patch-file ${k.file('patch.json', { data: { c: '4' } })}`);
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
    expect(await k('label configmap marked --list')).toContain('a=2');
    const { err } = await k.attempt('annotate configmap marked b=2 --resource-version 1');
    expect(err).toContain('the object has been modified');
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
  check('delete by file, and what depends on it', async (k) => {
    for (const cascade of ['background', 'foreground', 'orphan']) {
      const owner = configMap(`owner-${cascade}`, {});
      await k('create -f -', owner);
      const uid = await k(`get configmap owner-${cascade} -o jsonpath={.metadata.uid}`);
      const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: `owner-${cascade}`, uid }];
      const metadata = { name: `owned-${cascade}`, ownerReferences };
      await k('create -f -', { apiVersion: 'v1', kind: 'ConfigMap', metadata });
      await k(`delete --cascade=${cascade} -f -`, owner);
      if (cascade === 'background') await k(`wait configmap/owned-${cascade} --for delete --timeout 60s`);
    }
    const left = await k('get configmaps -o name');
    expect(left.match(/configmap\/own\S+/g)).toEqual(['configmap/owned-orphan']);
    expect(await k('get configmap owned-orphan -o jsonpath={.metadata.ownerReferences}')).toBe('');
    expect(await k('delete configmap owned-orphan --force --grace-period 0')).toMatch(/"owned-orphan" .*deleted/);
  }),
  check('wait for deletion', async (k) => {
    await k('create configmap leaving');
    const leaving = k('wait configmap/leaving --for delete --timeout 60s');
    await k('delete configmap leaving');
    await leaving;
  }),
  check('wait for creation', async (k) => {
    await k('create configmap present');
    expect(await k('wait configmap/present --for create --timeout 60s')).toBe('configmap/present condition met\n');
  }),
];
