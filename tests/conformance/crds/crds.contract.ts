import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sleep, systemClock } from '@keelson/std';
import { type Answer, type Api, apiUnderTest } from './api.fixtures.js';
import { type Case, families, isJson, type Json, memberAt, merged, type Refusal, refusals } from './corpus.js';

const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
let api: Api;

beforeAll(async () => {
  api = await apiUnderTest();
});
afterAll(() => api.close());

describe.each(families())('the definitions and objects of %s', (_family, { definitions, cases }) => {
  beforeAll(async () => {
    for (const definition of definitions) await define(definition);
  });
  afterAll(async () => {
    for (const definition of definitions)
      await api.send('DELETE', `${definitionsPath}/${String(memberAt(definition, 'metadata.name'))}`);
  });
  it.each(cases.map((one, i) => [one.name, one, i] as const))('%s', async (_name, one, i) => {
    const answer = await tried(one, pathsOf(definitions), i);
    expect(causesOf(answer)).toEqual([...(one.refused ?? [])].sort());
    if (one.refused === undefined) expect(answer).toMatchObject({ code: expect.any(Number), body: one.stored ?? {} });
    for (const path of one.lacks ?? []) expect([path, memberAt(answer.body, path)]).toEqual([path, undefined]);
  });
});

describe.each(refusals())('definitions that are refused: %s', (_file, { definition, cases }) => {
  it('but not without a fault', async () => {
    const answer = await api.send('POST', `${definitionsPath}?dryRun=All`, definition);
    expect({ code: answer.code, causes: causesOf(answer) }).toEqual({ code: 201, causes: [] });
  });
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const answer = await api.send('POST', `${definitionsPath}?dryRun=All`, faulty(definition, one));
    expect(causesOf(answer)).toEqual([...one.refused].sort());
  });
});

/** Makes a definition and waits until its kinds are served. */
async function define(definition: Json): Promise<void> {
  const made = await api.send('POST', definitionsPath, definition);
  if (made.code !== 201)
    throw new Error(`${String(memberAt(definition, 'metadata.name'))}: ${String(made.body.message)}`);
  for (const path of pathsOf([definition]).values()) {
    for (let tries = 0; (await api.send('GET', path(undefined))).code === 404; tries += 1) {
      if (tries === 100) throw new Error(`${path(undefined)} is never served`);
      await sleep(systemClock, 50);
    }
  }
}

type PathOf = (namespace: string | undefined) => string;

/** Where objects are created, by apiVersion and kind. */
function pathsOf(definitions: readonly Json[]): Map<string, PathOf> {
  const paths = new Map<string, PathOf>();
  for (const { spec } of definitions) {
    const group = String(memberAt(spec, 'group'));
    for (const version of memberAt(spec, 'versions') as Json[]) {
      const base = `/apis/${group}/${String(version.name)}`;
      const plural = String(memberAt(spec, 'names.plural'));
      const path: PathOf = (namespace) =>
        namespace === undefined ? `${base}/${plural}` : `${base}/namespaces/${namespace}/${plural}`;
      if (version.served === true)
        paths.set(`${group}/${String(version.name)} ${String(memberAt(spec, 'names.kind'))}`, path);
    }
  }
  return paths;
}

/** Creates or changes what a case says, under a name of its own. */
async function tried(one: Case, paths: ReadonlyMap<string, PathOf>, index: number): Promise<Answer> {
  const name = `case-${index}`;
  const object = merged(one.object ?? merged(one.of, one.change ?? {}), { metadata: { name } }) as Json;
  const where = paths.get(`${String(object.apiVersion)} ${String(object.kind)}`);
  if (where === undefined) throw new Error(`no definition of ${String(object.apiVersion)} ${String(object.kind)}`);
  const namespace = memberAt(object, 'metadata.namespace');
  const path = where(typeof namespace === 'string' ? namespace : undefined);
  const made = await api.send('POST', path, object);
  if (one.update === undefined) return made;
  if (made.code !== 201) throw new Error(`${one.name}: ${String(made.body.message)}`);
  const part = one.part === undefined ? '' : `/${one.part}`;
  return api.send('PATCH', `${path}/${name}${part}`, one.update, 'application/merge-patch+json');
}

/** What a server finds wrong, as `field: message`, sorted: the order of fields is no promise. */
function causesOf({ code, body }: Answer): string[] {
  if (code < 300) return [];
  const causes = memberAt(body, 'details.causes');
  if (code !== 422 || !Array.isArray(causes)) return [`${code} ${String(body.message)}`];
  return causes
    .filter(isJson)
    .map(({ field, message }) => `${String(field)}: ${String(message)}`)
    .sort();
}

function faulty(definition: Json, { change = {}, spec, version }: Refusal): object {
  const changed = merged(definition, change) as { spec: { versions: Json[] } };
  if (spec === undefined && version === undefined) return changed;
  const only = changed.spec.versions[0] as Json;
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec, status: { type: 'object' } } } };
  changed.spec = {
    ...changed.spec,
    versions: [merged(spec === undefined ? only : { ...only, schema }, version ?? {}) as Json],
  };
  return changed;
}
