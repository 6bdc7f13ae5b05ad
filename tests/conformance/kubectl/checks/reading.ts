import { expect } from '@jest/globals';
import { type Check, check } from './check.js';
import { configMap, namespace, widget } from './objects.js';

export const reading: readonly Check[] = [
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
      '"colour" is not a known field selector',
    );
  }),
  check('pages', async (k) => {
    await Promise.all(['p1', 'p2', 'p3', 'p4', 'p5'].map((name) => k(`create configmap ${name}`)));
    const names = (await k('get configmap --chunk-size 2 -o name')).trim().split('\n');
    expect(names).toEqual(expect.arrayContaining(['configmap/p1', 'configmap/p3', 'configmap/p5']));
  }),
  check('get --watch of one object', async (k) => {
    await k('create configmap watched');
    const watching = k.started('get configmap watched --watch --output-watch-events');
    await watching.said(/ADDED/);
    await k('annotate configmap watched seen=yes');
    await k('delete configmap watched');
    const out = await watching.said(/DELETED/);
    await watching.end();
    expect(firstWords(out)).toEqual(['EVENT', 'ADDED', 'MODIFIED', 'DELETED']);
  }),
  check('get --watch of a list', async (k) => {
    const watching = k.started('get widgets -l seen=live --watch --output-watch-events');
    await k('apply -f -', widget('live'));
    await k('label widget live seen=live');
    expect(await watching.said(/ADDED/)).toMatch(/EVENT\s+NAME\s+SIZE\s+AGE\nADDED\s+live\s+small/);
    await k('label widget live seen-');
    await watching.said(/DELETED\s+live/);
    await watching.end();
  }),
  check('get several at once, by file, what may not be there', async (k) => {
    await k('create configmap several');
    await k('create secret generic several');
    expect(await k('get configmap/several secret/several -o name')).toBe('configmap/several\nsecret/several\n');
    expect(await k('get configmap,secret several --no-headers')).toMatch(/^configmap\/several .*\n+secret\/several /);
    expect(await k('get -f - -o name', configMap('several', {}))).toBe('configmap/several\n');
    expect(await k('get configmap nowhere --ignore-not-found')).toBe('');
    expect(await k(`get configmap several -o go-template='{{.metadata.name}}'`)).toBe('several');
  }),
  check('api-resources as names, by verb and scope', async (k) => {
    const names = (await k('api-resources -o name --namespaced --verbs patch')).split('\n');
    expect(names).toEqual(expect.arrayContaining(['configmaps', 'widgets.example.com', 'leases.coordination.k8s.io']));
    expect(names).not.toContain('namespaces');
    expect(await k('api-resources -o wide --categories all')).toMatch(
      /widgets\s+wd\s+example.com\/v1\s+true\s+Widget\s+delete,deletecollection,get,list,patch,create,update,watch\s+all/,
    );
  }),
  check('create, replace and delete by raw requests', async (k) => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    await k(`create --raw ${path} -f ${k.file('raw.json', configMap('raw', { a: '1' }))}`);
    await k(`replace --raw ${path}/raw -f ${k.file('raw-2.json', configMap('raw', { a: '2' }))}`);
    expect(JSON.parse(await k(`get --raw ${path}/raw`))).toMatchObject({ data: { a: '2' } });
    expect(JSON.parse(await k(`delete --raw ${path}/raw`))).toMatchObject({ status: 'Success' });
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
    expect(await k('describe configmap descr')).toMatch(/Name:\s+described/);
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
        namespace,
        uid: await k('get widget eventful -o jsonpath={.metadata.uid}'),
      },
    };
    const watching = k.started('events --for widget.example.com/eventful --watch');
    await k('create -f -', event);
    await watching.said(/Tested\s+Widget\/eventful\s+it was tested/);
    await watching.end();
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

function firstWords(lines: string): string[] {
  return lines
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((word) => word !== '');
}
