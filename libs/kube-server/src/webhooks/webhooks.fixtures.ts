import type { Http, HttpRequest, HttpResponse } from '@keelson/std';
import { type TestEngine, testEngine } from '../engine/engine.fixtures.js';
import { isObject } from '../schema/schema.js';
import { ApiError } from '../status/status.js';
import type { Draft } from '../storage/stored.js';

/** What a webhook in a spec answers: members of the response beside the uid, or a whole HTTP response. */
export type Script = (request: Draft) => Draft | HttpResponse | Promise<Draft | HttpResponse>;

export interface WebhookWorld {
  readonly engine: TestEngine;
  /** Every request in the order of arrival: the path of the webhook and the AdmissionRequest. */
  readonly asked: { readonly path: string; readonly request: Draft; readonly http: HttpRequest }[];
  /** Decides what `https://hooks.test/<path>` answers. */
  readonly answers: (path: string, script: Script) => void;
}

export const allows: Draft = { allowed: true };

/** An engine whose webhooks live at `https://hooks.test/` in the same process. */
export async function webhookWorld(profile: 'management' | 'child' = 'management'): Promise<WebhookWorld> {
  const scripts = new Map<string, Script>();
  const asked: WebhookWorld['asked'] = [];
  const http: Http = async (sent) => {
    const path = new URL(sent.url).pathname.slice(1);
    const review: unknown = JSON.parse(String(sent.body));
    const request = isObject(review) && isObject(review.request) ? review.request : {};
    asked.push({ path, request, http: sent });
    const answer = (await scripts.get(path)?.(request)) ?? allows;
    return isResponse(answer) ? answer : reviewed({ uid: request.uid, ...answer });
  };
  const engine = await testEngine({ profile, webhooks: { http } });
  return { engine, asked, answers: (path, script) => void scripts.set(path, script) };
}

function isResponse(answer: Draft | HttpResponse): answer is HttpResponse {
  return answer.body instanceof Uint8Array;
}

function reviewed(response: Draft): HttpResponse {
  const text = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });
  return { status: 200, headers: {}, body: Buffer.from(text, 'utf8') };
}

/** The members of a response that changes the object. */
export function patched(...operations: readonly Draft[]): Draft {
  const patch = Buffer.from(JSON.stringify(operations), 'utf8').toString('base64');
  return { allowed: true, patchType: 'JSONPatch', patch };
}

/** A configuration of one webhook `<name>.hooks.test` at `https://hooks.test/<name>` about ConfigMaps, unless told otherwise. */
export function aWebhook(kind: 'Mutating' | 'Validating', name: string, more: Draft = {}): Draft {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}WebhookConfiguration`,
    metadata: { name },
    webhooks: [
      {
        name: `${name}.hooks.test`,
        clientConfig: { url: `https://hooks.test/${name}` },
        rules: [{ operations: ['CREATE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        ...more,
      },
    ],
  };
}

/** What a request is refused with, as `code reason message`. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => 'nothing was refused',
    (reason: unknown) => reason,
  );
  return error instanceof ApiError ? `${error.code} ${error.status.reason ?? '-'} ${error.message}` : String(error);
}
