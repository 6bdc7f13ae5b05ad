import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { findKubectl, type Kubectl, kubectl } from './kubectl.fixtures.js';
import { type ServedEngine, servedEngine } from './served.fixtures.js';

const crds = fileURLToPath(new URL('../../../../deploy/crds/', import.meta.url));
const definitions = readdirSync(crds).map((file) => load(readFileSync(`${crds}${file}`, 'utf8')));

const widgets = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: {
      plural: 'widgets',
      singular: 'widget',
      kind: 'Widget',
      listKind: 'WidgetList',
      shortNames: ['wd'],
      categories: ['all'],
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
        additionalPrinterColumns: [
          { name: 'Size', type: 'string', jsonPath: '.spec.size' },
          { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas', priority: 1 },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description: 'A widget to test with.',
            properties: {
              spec: {
                type: 'object',
                required: ['size'],
                properties: {
                  size: { type: 'string', enum: ['small', 'large'], description: 'How large it is.' },
                  replicas: { type: 'integer', minimum: 0, default: 1 },
                },
              },
              status: { type: 'object', properties: { phase: { type: 'string' }, replicas: { type: 'integer' } } },
            },
          },
        },
      },
    ],
  },
};

const widget = (name: string, spec: object = { size: 'small' }): object => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
});
const configMap = (name: string, data: object, labels?: object): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(labels && { labels }) },
  data,
});

type Check = (k: Kubectl) => Promise<void>;
interface Named {
  readonly name: string;
  readonly check: Check;
}
const check = (name: string, run: Check): Named => ({ name, check: run });

/** What every version is tried with. */
const basics: readonly Named[] = [
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
    expect(await k('explain configmap.data')).toMatch(/FIELD: data <map\[string\]string>/);
    expect(await k('explain widget.spec')).toContain('How large it is.');
  }),
  check('auth can-i', async (k) => expect(await k('auth can-i create configmaps')).toBe('yes\n')),
  check('auth whoami', async (k) => expect(await k('auth whoami')).toMatch(/Username\s+admin/)),
  check('wait for a field', async (k) => {
    await k('apply -f -', widget('awaited'));
    const waiting = k('wait widget/awaited --for jsonpath={.status.phase}=Ready --timeout 10s');
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

const reading: readonly Named[] = [
  check('api-versions', async (k) =>
    expect((await k('api-versions')).split('\n')).toEqual(
      expect.arrayContaining(['v1', 'example.com/v1', 'rbac.authorization.k8s.io/v1']),
    ),
  ),
  check('raw paths', async (k) => {
    expect(await Promise.all(['/healthz', '/livez', '/readyz'].map((path) => k(`get --raw ${path}`)))).toEqual([
      'ok',
      'ok',
      'ok',
    ]);
    expect(JSON.parse(await k('get --raw /openid/v1/jwks'))).toMatchObject({ keys: [expect.anything()] });
  }),
  check('names, json, jsonpath, columns', async (k) => {
    await k('create configmap shown --from-literal a=b');
    expect(await k('get configmap shown -o name')).toBe('configmap/shown\n');
    expect(JSON.parse(await k('get configmap shown -o json'))).toMatchObject({ data: { a: 'b' } });
    expect(await k('get configmap shown -o jsonpath={.data.a}')).toBe('b');
    expect(await k('get configmap shown -o custom-columns=N:.metadata.name')).toBe('N\nshown\n');
  }),
  check('get wide, with labels, of all namespaces, sorted', async (k) => {
    expect(await k('get widgets -o wide')).toMatch(/NAME\s+SIZE\s+AGE\s+REPLICAS|NAME\s+SIZE\s+REPLICAS\s+AGE/);
    expect(await k('get namespaces --show-labels')).toMatch(/kubernetes.io\/metadata.name=kube-system/);
    expect(await k('get configmaps -A --sort-by .metadata.name')).toMatch(/NAMESPACE\s+NAME\s+DATA\s+AGE/);
  }),
  check('get by category', async (k) => {
    await k('apply -f -', widget('categorised'));
    expect(await k('get all -o name')).toContain('widget.example.com/categorised');
  }),
  check('field selectors', async (k) => {
    await k('create configmap chosen');
    expect(await k('get configmap --field-selector metadata.name=chosen -o name')).toBe('configmap/chosen\n');
    expect((await k.attempt('get configmap --field-selector colour=red')).err).toContain(
      'field label not supported: colour',
    );
  }),
  check('pages', async (k) => {
    await Promise.all(['p1', 'p2', 'p3', 'p4', 'p5'].map((name) => k(`create configmap ${name}`)));
    const names = (await k('get configmap --chunk-size 2 -o name')).trim().split('\n');
    expect(names).toEqual(expect.arrayContaining(['configmap/p1', 'configmap/p3', 'configmap/p5']));
  }),
  check('get --watch', async (k) => {
    await k('create configmap watched');
    const watching = k.attempt('get configmap watched --watch --output-watch-events --request-timeout 3s');
    await k('get configmap watched');
    await k('annotate configmap watched seen=yes');
    await k('delete configmap watched');
    const { out } = await watching;
    expect(
      out
        .split('\n')
        .map((line) => line.split(' ')[0])
        .filter((word) => word !== ''),
    ).toEqual(['EVENT', 'ADDED', 'MODIFIED', 'DELETED']);
  }),
  check('an unknown resource', async (k) =>
    expect((await k.attempt('get gadgets')).err).toBe(`error: the server doesn't have a resource type "gadgets"\n`),
  ),
  check('describe', async (k) => {
    await k('create configmap described --from-literal a=b');
    expect(await k('describe configmap described')).toMatch(/Name:\s+described[\s\S]*a:\n----\nb/);
    expect(await k('describe namespace default')).toMatch(/Status:\s+Active/);
    await k('apply -f -', widget('described'));
    expect(await k('describe widget described')).toMatch(/Size:\s+small/);
  }),
  check('events', async (k) => {
    await k('apply -f -', widget('eventful'));
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'eventful.1' },
      type: 'Normal',
      reason: 'Tested',
      message: 'it was tested',
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      source: { component: 'contract' },
      involvedObject: {
        apiVersion: 'example.com/v1',
        kind: 'Widget',
        name: 'eventful',
        namespace: 'work',
        uid: await k('get widget eventful -o jsonpath={.metadata.uid}'),
      },
    };
    await k('create -f -', event);
    expect(await k('get events')).toMatch(
      /LAST SEEN\s+TYPE\s+REASON\s+OBJECT\s+MESSAGE\n[\s\S]*Normal\s+Tested\s+widget\/eventful\s+it was tested/,
    );
    expect(await k('events --for widget.example.com/eventful')).toMatch(/Tested\s+Widget\/eventful\s+it was tested/);
    expect(await k('describe widget eventful')).toContain('it was tested');
  }),
  check('explain recursively, and by OpenAPI v2', async (k) => {
    expect(await k('explain widget --recursive')).toMatch(/replicas\s+<integer>/);
    expect(await k('explain configmap --output plaintext-openapiv2')).toMatch(/binaryData/);
    expect(await k('explain machine.spec.providerSpec')).toMatch(/FIELD: providerSpec <Object>/);
  }),
];

const writing: readonly Named[] = [
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
  check('wait for deletion and for creation', async (k) => {
    await k('create configmap leaving');
    const leaving = k('wait configmap/leaving --for delete --timeout 10s');
    await k('delete configmap leaving');
    await leaving;
    await k('create configmap present');
    expect(await k('wait configmap/present --for create --timeout 5s')).toBe('configmap/present condition met\n');
  }),
];

const access: readonly Named[] = [
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

const custom: readonly Named[] = [
  check('scale', async (k) => {
    await k('apply -f -', widget('scaled'));
    expect(await k('scale widget scaled --replicas 3')).toBe('widget.example.com/scaled scaled\n');
    expect(await k('scale widget scaled --current-replicas 3 --replicas 4')).toBe('widget.example.com/scaled scaled\n');
    expect(await k('get widget scaled --subresource scale -o jsonpath={.spec.replicas}')).toBe('4');
  }),
  check('status', async (k) => {
    await k('apply -f -', widget('reported'));
    await k(
      `patch widget reported --subresource status --type merge -p '{"status":{"phase":"Ready"},"spec":{"size":"large"}}'`,
    );
    expect(await k('get widget reported --subresource status -o jsonpath={.status.phase}{.spec.size}')).toBe(
      'Readysmall',
    );
    expect(await k('get widget reported -o jsonpath={.metadata.generation}')).toBe('1');
  }),
  check('server-side apply', async (k) => {
    await k('apply --server-side -f -', widget('served', { size: 'small', replicas: 2 }));
    await k('apply --server-side -f -', widget('served', { size: 'small' }));
    expect(await k('get widget served -o jsonpath={.spec.replicas}')).toBe('1');
  }),
  check('finalizers keep an object', async (k) => {
    await k('apply -f -', { ...widget('final'), metadata: { name: 'final', finalizers: ['example.com/kept'] } });
    await k('delete widget final --wait=false');
    expect(await k('get widget final -o jsonpath={.metadata.deletionTimestamp}')).not.toBe('');
    await k(`patch widget final --type merge -p '{"metadata":{"finalizers":[]}}'`);
    expect((await k.attempt('get widget final')).code).toBe(1);
  }),
  check("Keelson's own kinds", async (k) => {
    await k('apply -f -', {
      apiVersion: 'kaas.mirantis.com/v1alpha1',
      kind: 'PublicKey',
      metadata: { name: 'mine' },
      spec: { publicKey: 'ssh-ed25519 AAAA me' },
    });
    expect(await k('get publickeys -o name')).toBe('publickey.kaas.mirantis.com/mine\n');
  }),
  check('a definition comes and goes', async (k) => {
    const text = JSON.stringify(widgets)
      .replaceAll('widget', 'gizmo')
      .replaceAll('Widget', 'Gizmo')
      .replace('"wd"', '"gz"');
    await k('create -f -', text);
    await k('wait crd/gizmos.example.com --for condition=Established --timeout 5s');
    await k('create -f -', { ...widget('one'), kind: 'Gizmo' });
    expect(await k('get gz -o name')).toBe('gizmo.example.com/one\n');
    await k('delete crd gizmos.example.com');
    expect((await k.attempt('get gizmos')).code).toBe(1);
  }),
  check('a namespace goes with what is in it', async (k) => {
    await k('create namespace leaving');
    await k('create configmap in-it -n leaving');
    expect(await k('delete namespace leaving')).toMatch(/namespace "leaving" deleted/);
    expect((await k.attempt('get configmap in-it -n leaving')).code).toBe(1);
  }),
];

const node = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'node-role.kubernetes.io/worker': '' } },
  spec: {},
});
const nodeStatus = JSON.stringify({
  status: {
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'ok' }],
    addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
    nodeInfo: { kubeletVersion: 'v1.33.0' },
  },
});
const pod = (name: string, on: string, labels: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: { nodeName: on, containers: [{ name: 'c', image: 'nginx' }], terminationGracePeriodSeconds: 0 },
});

/** The child profile: what operators and controllers do with workloads, which are data here. */
const workloads: readonly Named[] = [
  check('create deployment, set image, scale, pause, restart', async (k) => {
    await k('create deployment web --image nginx:1 --replicas 2 --port 80');
    expect(await k('get deployment web -o wide')).toMatch(
      /NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE\s+AGE\s+CONTAINERS\s+IMAGES\s+SELECTOR\nweb\s+0\/2\s+0\s+0\s+\d+s\s+nginx\s+nginx:1\s+app=web/,
    );
    await k('set image deployment/web nginx=nginx:2');
    await k('scale deployment web --replicas 3');
    await k('rollout pause deployment/web');
    await k('rollout resume deployment/web');
    await k('rollout restart deployment/web');
    expect(await k('get deployment web -o jsonpath={.spec.replicas}{.spec.template.spec.containers[0].image}')).toBe(
      '3nginx:2',
    );
  }),
  check('rollout status', async (k) => {
    const generation = Number(await k('get deployment web -o jsonpath={.metadata.generation}'));
    const status = {
      observedGeneration: generation,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }],
    };
    await k(`patch deployment web --subresource status --type merge -p '${JSON.stringify({ status })}'`);
    expect(await k('rollout status deployment/web --timeout 5s')).toContain('successfully rolled out');
    expect(await k('describe deployment web')).toMatch(/Image:\s+nginx:2/);
  }),
  check('apply a deployment by merge keys', async (k) => {
    const template = (containers: object[]): object => ({
      metadata: { labels: { app: 'merged' } },
      spec: { containers },
    });
    const deployment = (containers: object[]): object => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'merged' },
      spec: { selector: { matchLabels: { app: 'merged' } }, template: template(containers) },
    });
    await k(
      'apply -f -',
      deployment([
        { name: 'a', image: 'x:1' },
        { name: 'b', image: 'y:1' },
      ]),
    );
    await k('apply -f -', deployment([{ name: 'b', image: 'y:2' }]));
    expect(await k('get deployment merged -o jsonpath={.spec.template.spec.containers[*].image}')).toBe('y:2');
  }),
  check('create the other kinds', async (k) => {
    await k('create job once --image nginx');
    await k(`create cronjob often --image nginx --schedule '*/5 * * * *'`);
    await k('create service clusterip web --tcp 80:8080');
    await k(`create ingress web --rule 'example.com/=web:80'`);
    await k('create quota limited --hard pods=2');
    await k('create pdb web --selector app=web --min-available 1');
    await k('create priorityclass high --value 100');
    expect(await k('get job,cronjob,service,ingress,quota,pdb -o name')).toBe(
      [
        'job.batch/once',
        'cronjob.batch/often',
        'service/web',
        'ingress.networking.k8s.io/web',
        'resourcequota/limited',
        'poddisruptionbudget.policy/web',
        '',
      ].join('\n'),
    );
    expect(await k('get service web')).toMatch(/web\s+ClusterIP\s+\S+\s+<none>\s+80\/TCP/);
  }),
  check('nodes: columns, taints, cordon', async (k) => {
    await k('create -f -', node('n1'));
    await k(`patch node n1 --subresource status --type merge -p '${nodeStatus}'`);
    expect(await k('get nodes -o wide')).toMatch(/n1\s+Ready\s+worker\s+\d+s\s+v1.33.0\s+10.0.0.1/);
    await k('cordon n1');
    expect(await k('get node n1')).toContain('Ready,SchedulingDisabled');
    await k('uncordon n1');
    await k('taint node n1 dedicated=x:NoSchedule');
    expect(await k('describe node n1')).toMatch(/Taints:\s+dedicated=x:NoSchedule/);
  }),
  check('run, get, logs, describe, delete a pod', async (k) => {
    await k('run single --image nginx --restart Never');
    await k(
      `patch pod single --subresource status --type merge -p '{"status":{"phase":"Running","containerStatuses":[{"name":"single","ready":true,"restartCount":0,"image":"nginx","imageID":"","state":{"running":{}}}]}}'`,
    );
    expect(await k('get pod single')).toMatch(/single\s+1\/1\s+Running\s+0/);
    expect(await k('logs single')).toBe('');
    expect(await k('describe pod single')).toMatch(/Image:\s+nginx/);
    await k('delete pod single --now');
  }),
  check('drain waits for budgets', async (k) => {
    await k('create -f -', node('n2'));
    await k('create -f -', pod('p1', 'n2', { app: 'web' }));
    await k('create -f -', pod('p2', 'n2'));
    await k(
      `patch pod p1 --subresource status --type merge -p '{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}'`,
    );
    const { err } = await k.attempt('drain n2 --force --timeout 2s --grace-period 0 --skip-wait-for-delete-timeout 1');
    expect(err).toContain("Cannot evict pod as it would violate the pod's disruption budget");
    await k('delete pdb web');
    expect(await k('drain n2 --force --timeout 10s')).toMatch(/node\/n2 drained/);
    expect(await k('get pods -o name --field-selector spec.nodeName=n2')).toBe('');
  }),
];

async function withToken(k: Kubectl, token: string): Promise<object> {
  const config = JSON.parse(await k('config view --raw -o json')) as { users: unknown[] };
  return { ...config, users: [{ name: 'test', user: { token } }] };
}

const found = findKubectl(['1.27', '1.28', '1.29', '1.30', '1.31', '1.32', '1.33']);
const newest = found.filter((one) => one.path !== undefined).at(-1)?.version;
/** The newest once more over HTTP/1.1: client-go reads this variable. */
const runs = [
  ...found.map((one) => ({ ...one, protocol: 'HTTP/2' })),
  ...found.filter(({ version }) => version === newest).map((one) => ({ ...one, protocol: 'HTTP/1.1' })),
];
const sections = { basics, reading, writing, access, custom };

describe.each(runs)('kubectl $version, $protocol', ({ version, path, protocol }) => {
  if (path === undefined) {
    it.skip('is not on this machine', () => undefined);
    return;
  }
  let server: ServedEngine;
  let k: Kubectl;

  beforeAll(async () => {
    server = await servedEngine({ definitions: [...definitions, widgets] });
    k = kubectl(path, server, 'work', protocol === 'HTTP/1.1' ? { DISABLE_HTTP2: 'true' } : {});
    await k('create namespace work');
  });

  afterAll(() => server.close());

  describe.each(
    Object.entries(sections).filter(([name]) => name === 'basics' || (version === newest && protocol === 'HTTP/2')),
  )('%s', (_name, checks) => {
    // kubectl 1.27 asks for versions of the SelfSubjectReview that are gone since 1.33.
    it.each(checks.filter(({ name }) => !(version === '1.27' && name === 'auth whoami')))('$name', async (one) =>
      one.check(k),
    );
  });

  it('needed no media type that the server does not know', () => {
    // The strategic patch of a custom resource among the full list is refused rightly.
    expect(server.refusedMediaTypes()).toBe(version === newest && protocol === 'HTTP/2' ? 1 : 0);
  });
});

(newest === undefined ? describe.skip : describe)(`kubectl ${newest ?? ''} and the child profile`, () => {
  let server: ServedEngine;
  let k: Kubectl;

  beforeAll(async () => {
    server = await servedEngine({ profile: 'child' });
    k = kubectl(found.find(({ version }) => version === newest)?.path ?? '', server, 'work');
    await k('create namespace work');
  });

  afterAll(() => server.close());

  it.each(workloads)('$name', async (one) => one.check(k));
});
