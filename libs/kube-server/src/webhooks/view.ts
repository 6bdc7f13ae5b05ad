import { Authorizer, type Rights } from '../cel/authorizer.js';
import type { AdmissionView } from '../cel/evaluate.js';
import { celValue } from '../cel/values.js';
import type { Attributes, Decision } from '../engine/engine.js';
import type { User } from '../registry/context.js';
import type { HookedWrite } from '../registry/hooks.js';
import type { Draft } from '../storage/stored.js';

export type Authorize = (user: User, asked: Attributes) => Decision;

interface Seen {
  readonly write: HookedWrite;
  /** With `object` and `oldObject`, as webhooks are sent it. */
  readonly request: Draft;
  readonly authorize: Authorize;
}

/** A write as conditions and policies see it. */
export function viewOf({ write, request, authorize }: Seen): AdmissionView {
  const { object, oldObject, uid: _uid, ...rest } = request;
  return {
    object: celValue(undefined, object ?? null),
    oldObject: celValue(undefined, oldObject ?? null),
    request: celValue(undefined, rest),
    namespaceObject: null,
    params: null,
    authorizer: new Authorizer(rightsOf(write, authorize)),
  };
}

function rightsOf({ call, name, subresource }: HookedWrite, authorize: Authorize): Rights {
  const { group, version, plural } = call.kind;
  const request = { group, version, resource: plural, subresource, namespace: call.namespace ?? '', name };
  const as = (user: User): Rights => ({
    request,
    may: (asked) => authorize(user, withoutEmpty(asked)),
    ofServiceAccount: (namespace, account) => as(serviceAccountUser(namespace, account)),
  });
  return as(call.user);
}

function withoutEmpty({ verb, ...parts }: Attributes): Attributes {
  return { verb, ...Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== '')) };
}

function serviceAccountUser(namespace: string, name: string): User {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}
