import {
  type OpenStackDeployment,
  OpenStackDeploymentKind,
  OpenStackDeploymentStatusKind,
  SecretKind,
  secretKeyOf,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { equalJson, messageOf, terminal } from '@keelson/std';
import { z } from 'zod';
import { textIn } from '@keelson/mosk';
import { volumesAsked } from '../volumes/standing.js';
import { withoutEffect } from './effectless.js';
import { unsignedImages } from './unsigned.js';
import { type DeploymentWrite, refusalOf } from './admission.rules.js';

/** What is read of an AdmissionReview of admission.k8s.io/v1. */
const ReviewSchema = z.object({
  request: z.object({
    uid: z.string(),
    operation: z.enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
    kind: z.object({ kind: z.string() }),
    object: z.unknown().optional(),
    oldObject: z.unknown().optional(),
  }),
});

/** An AdmissionReview as it goes back. */
export interface ReviewAnswer {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly warnings?: readonly string[];
    readonly status?: { readonly code: number; readonly reason: string; readonly message: string };
  };
}

/**
 * Answers an AdmissionReview about an OpenStackDeployment of the cluster with that API. What cannot be looked at is let
 * through with a warning: the state of the cloud tells of it.
 *
 * @throws Failure terminal for what is no AdmissionReview
 */
export async function reviewed(body: unknown, api: KubeApi): Promise<ReviewAnswer> {
  const parsed = ReviewSchema.safeParse(body);
  if (!parsed.success) throw terminal('the body is no AdmissionReview of admission.k8s.io/v1', { reason: 'BadReview' });
  const { uid, operation, kind, object, oldObject } = parsed.data.request;
  if (operation === 'CONNECT' || kind.kind !== OpenStackDeploymentKind.kind) return answer(uid, { allowed: true });
  const [now, old] = [deploymentOf(object), deploymentOf(oldObject)];
  try {
    const existing = operation === 'CREATE' ? (await api.list(OpenStackDeploymentKind)).items : [];
    const apiKey = await apiKeyOf(now, api);
    const isChange = operation === 'UPDATE' && now !== undefined && !equalJson(now.spec, old?.spec);
    const volumes = isChange && (await hasStatus(now, api)) ? await volumesAsked(now, api) : undefined;
    const write: DeploymentWrite = { operation, object: now, old, existing, volumes, apiKey };
    const message = refusalOf(write);
    if (message === undefined)
      return answer(
        uid,
        allowedWith(now === undefined ? [] : [...withoutEffect(now.spec), ...unsignedImages(now.spec)]),
      );
    return answer(uid, { allowed: false, status: { code: 422, reason: 'Invalid', message } });
  } catch (error) {
    return answer(uid, { allowed: true, warnings: [`not all rules could be looked at: ${messageOf(error)}`] });
  }
}

function answer(uid: string, response: Omit<ReviewAnswer['response'], 'uid'>): ReviewAnswer {
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, ...response } };
}

function allowedWith(warnings: readonly string[]): Omit<ReviewAnswer['response'], 'uid'> {
  return { allowed: true, ...(warnings.length === 0 ? {} : { warnings }) };
}

/** The API server has validated it against the schema of the kind before. */
function deploymentOf(value: unknown): OpenStackDeployment | undefined {
  return isDeployment(value) ? value : undefined;
}

function isDeployment(value: unknown): value is OpenStackDeployment {
  return typeof value === 'object' && value !== null && 'spec' in value && 'metadata' in value;
}

/** An OpenStackDeploymentStatus is made before anything else of a cloud is. */
async function hasStatus({ metadata: { namespace, name } }: OpenStackDeployment, api: KubeApi): Promise<boolean> {
  return (await api.get(OpenStackDeploymentStatusKind, { namespace, name })) !== undefined;
}

async function apiKeyOf(deployment: OpenStackDeployment | undefined, api: KubeApi): Promise<string | undefined> {
  const key: unknown = deployment?.spec.features.ssl?.public_endpoints?.api_key;
  if (typeof key === 'string' || key === undefined) return key;
  const reference = secretKeyOf(key);
  if (reference === undefined) return undefined;
  const namespace = deployment?.metadata.namespace;
  return textIn(await api.get(SecretKind, { namespace, name: reference.name }), reference.key);
}
