import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { sleep, systemClock } from '@keelson/std';
import { type Answer, type Api, apiUnderTest } from '../crds/api.fixtures.js';
import { isJson, type Json, memberAt } from '../crds/corpus.js';

interface Vector {
  readonly name: string;
  readonly steps: readonly Step[];
}

interface Step {
  /** Manager of a server-side apply. */
  readonly apply?: string;
  /** Manager of a merge patch. */
  readonly merge?: string;
  readonly force?: boolean;
  readonly part?: 'status';
  readonly spec?: Json;
  readonly status?: Json;
  readonly meta?: Json;
}

/** What a server answered to the steps, and what it keeps afterwards. */
interface Outcome {
  readonly answers: readonly string[];
  readonly object: unknown;
  readonly owners: readonly unknown[];
}

const file = (name: string): URL => new URL(name, import.meta.url);
const vectors = load(readFileSync(file('steps.yaml'), 'utf8')) as readonly Vector[];
const recorded = JSON.parse(readFileSync(file('answers.json'), 'utf8')) as Readonly<Record<string, Outcome>>;
const collection = '/apis/apply.example.com/v1/namespaces/default/merges';
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
/** Answers of the server under test become those that others are held to: it must be a real one. */
const isRecording = process.env.KEELSON_CONFORMANCE_RECORD === 'true';
const found: Record<string, Outcome> = {};
let api: Api;

const emptied =
  'kube-apiserver 1.34 leaves null where the last member of an object is given up, and then refuses what it made itself; here the object is empty';

/** Where the embedded server does otherwise, and why. */
const deviations: Readonly<Record<string, string>> = {
  'a default that is named': emptied,
  'the last nested member given up': emptied,
  'an empty deep object given up': emptied,
  'an empty map after a full one': emptied,
};

beforeAll(async () => {
  api = await apiUnderTest();
  await api.send('POST', definitions, load(readFileSync(file('definition.yaml'), 'utf8')) as Json);
  while ((await api.send('GET', collection)).code === 404) await sleep(systemClock, 50);
});

afterAll(async () => {
  await api.send('DELETE', `${definitions}/merges.apply.example.com`);
  await api.close();
  if (isRecording) writeFileSync(file('answers.json'), `${JSON.stringify(found, null, 1)}\n`);
});

describe('server-side apply, as a kube-apiserver 1.34 does it', () => {
  it.each(vectors.map((vector, i) => [vector.name, vector, `v${i}`] as const))(
    '%s',
    async (name, { steps }, object) => {
      const outcome = await outcomeOf(steps, object);
      if (isRecording) found[name] = outcome;
      else if (name in deviations && process.env.KEELSON_CONFORMANCE_KUBECONFIG === undefined)
        expect(outcome.answers.filter((answer) => !/^20[01]$/.test(answer))).toEqual([]);
      else expect(outcome).toEqual(recorded[name]);
    },
  );
});

async function outcomeOf(steps: readonly Step[], name: string): Promise<Outcome> {
  const answers: string[] = [];
  for (const [i, step] of steps.entries()) answers.push(answerText(await taken(step, name, i === 0)));
  const { body } = await api.send('GET', `${collection}/${name}`);
  const { spec, status, metadata } = body;
  const { labels, annotations, managedFields } = isJson(metadata) ? metadata : {};
  return {
    answers,
    object: JSON.parse(JSON.stringify({ spec, status, labels, annotations })) as unknown,
    owners: ownersOf(managedFields),
  };
}

/** A merge cannot create: the first one is a POST. */
function taken(
  { apply, merge, force, part, spec, status, meta }: Step,
  name: string,
  isFirst: boolean,
): Promise<Answer> {
  const whole = { apiVersion: 'apply.example.com/v1', kind: 'Merge', metadata: { name, ...meta } };
  const body = JSON.parse(JSON.stringify({ ...whole, spec, status })) as Json;
  const query = `?fieldManager=${apply ?? merge ?? ''}${force === true ? '&force=true' : ''}`;
  if (apply === undefined && isFirst) return api.send('POST', `${collection}${query}`, body);
  const path = `${collection}/${name}${part === undefined ? '' : `/${part}`}${query}`;
  return api.send('PATCH', path, body, `application/${apply === undefined ? 'merge-patch+json' : 'apply-patch+yaml'}`);
}

function answerText({ code, body }: Answer): string {
  if (code < 300) return String(code);
  const causes = memberAt(body, 'details.causes');
  if (!Array.isArray(causes)) return `${code} ${String(body.message)}`;
  const texts = causes.filter(isJson).map(({ field, message }) => `${String(field)}: ${String(message)}`);
  return `${code} ${texts.sort().join('; ')}`;
}

/** Who owns what, without times, in an order of its own. */
function ownersOf(managedFields: unknown): readonly unknown[] {
  const entries = Array.isArray(managedFields) ? managedFields.filter(isJson) : [];
  return entries
    .map(({ manager, operation, subresource, fieldsV1 }) => ({ manager, operation, subresource, fieldsV1 }))
    .map((entry) => JSON.parse(JSON.stringify(entry)) as Json)
    .sort((a, b) =>
      `${String(a.manager)} ${String(a.operation)} ${String(a.subresource)}` <
      `${String(b.manager)} ${String(b.operation)} ${String(b.subresource)}`
        ? -1
        : 1,
    );
}
