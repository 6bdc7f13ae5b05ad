import type { ObjectKey, Reference } from '@keelson/api';
import type {
  GrpcObjectReference,
  GrpcPlan,
  GrpcTransition,
  GrpcWhyLink,
  PlanAnswer,
  Transition,
  WhyLink,
} from '@keelson/contracts';
import { terminal } from '@keelson/std';

/**
 * Which object a request is about.
 *
 * @throws Failure terminal, reason `BadRequest`, when it names none
 */
export function askedObject(object: GrpcObjectReference | null): { readonly kind: string; readonly key: ObjectKey } {
  if (object === null || object.kind === '' || object.name === '')
    throw terminal('the request names no object: kind and name are needed', { reason: 'BadRequest' });
  return {
    kind: object.kind,
    key: object.namespace === '' ? { name: object.name } : { namespace: object.namespace, name: object.name },
  };
}

export function grpcTransition({ id, kind, namespace, name, uid, from, to, at, why }: Transition): GrpcTransition {
  return { id, object: { kind, namespace: namespace ?? '', name }, uid, from, to, at, why };
}

export function grpcPlan({ lines, steps, outcome }: PlanAnswer): GrpcPlan {
  const { type, on, reason = '', message = '' } = outcome;
  return { lines, steps, outcome: { type, on: on === undefined ? null : grpcReference(on), reason, message } };
}

export function grpcWhyLink({
  object,
  state = '',
  since = '',
  deadline = '',
  reason = '',
  message = '',
  abort = '',
  unblocks = '',
  heartbeat,
  lookedAt = '',
  outlook = '',
}: WhyLink): GrpcWhyLink {
  return {
    object: grpcReference(object),
    state,
    since,
    deadline,
    reason,
    message,
    abort,
    unblocks,
    heartbeat: heartbeat === undefined ? null : { lastSeen: '', ...heartbeat },
    lookedAt,
    outlook,
  };
}

function grpcReference({ kind, namespace = '', name }: Reference): GrpcObjectReference {
  return { kind, namespace, name };
}
