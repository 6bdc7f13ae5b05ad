import type { OidcAuthenticator } from '../auth/oidc.js';
import type { TokenAuthority, TokenHolder } from '../auth/tokens.js';
import type { Attributes, Decision } from '../engine/engine.js';
import { rfc3339 } from '@keelson/std';
import type { Clock } from '@keelson/std';
import type { User } from '../registry/context.js';
import type { PolicyRule } from '../rbac/rules.js';
import { asText, isObject } from '../schema/schema.js';
import { askedFields } from '../apply/asked-fields.js';
import { badRequest, type FieldError, fieldInvalid, internally, invalid } from '../status/status.js';
import type { Draft } from '../storage/stored.js';

export interface ReviewContext {
  readonly clock: Clock;
  readonly tokens: TokenAuthority;
  readonly oidc: OidcAuthenticator | undefined;
  authorize(user: User, asked: Attributes): Decision;
  rulesFor(user: User, namespace: string): readonly PolicyRule[];
}

const authentication = 'authentication.k8s.io/v1';
const authorization = 'authorization.k8s.io/v1';

/** Answers one of the six kinds that are questions. undefined: the kind is none of them. */
export function answerReview(
  context: ReviewContext,
  asked: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly object: Draft;
    readonly user: User;
    readonly namespace: string | undefined;
    /** Who asks, for managedFields. */
    readonly manager?: string | undefined;
  },
): Draft | undefined {
  const { apiVersion, kind, object, user, namespace, manager = 'unknown' } = asked;
  const spec = isObject(object.spec) ? object.spec : {};
  const answer = (status: Draft): Draft => ({
    ...object,
    apiVersion,
    kind,
    metadata: {
      ...(isObject(object.metadata) ? object.metadata : {}),
      ...(namespace === undefined ? {} : { namespace }),
      ...owned(spec, { manager, apiVersion, now: rfc3339(context.clock.now()) }),
    },
    status,
  });
  switch (`${apiVersion} ${kind}`) {
    case `${authorization} SelfSubjectAccessReview`:
      return answer(access(context, user, spec));
    case `${authorization} SubjectAccessReview`:
      return answer(access(context, subjectOf(spec), spec));
    case `${authorization} LocalSubjectAccessReview`:
      requireNamespace(spec, namespace);
      return answer(access(context, subjectOf(spec), spec));
    case `${authorization} SelfSubjectRulesReview`:
      return answer(rules(context, user, spec));
    case `${authentication} TokenReview`:
      return answer(token(context, spec));
    case `${authentication} SelfSubjectReview`:
      return {
        ...object,
        apiVersion,
        kind,
        metadata: { creationTimestamp: rfc3339(context.clock.now()) },
        status: { userInfo: userInfo(user) },
      };
    default:
      return undefined;
  }
}

/** kube-apiserver names no kind when it refuses a review. */
const unnamed = { group: 'authorization.k8s.io', kind: '' };

function owned(spec: Draft, asker: Parameters<typeof askedFields>[1]): Draft {
  const managedFields = askedFields(spec, asker, ['resourceAttributes', 'nonResourceAttributes']);
  return managedFields.length === 0 ? {} : { managedFields };
}

/** A real server fails a review about itself no more gently than any other: both or neither kind of attributes is 422. */
function access(context: ReviewContext, user: User, spec: Draft): Draft {
  const { resourceAttributes, nonResourceAttributes } = spec;
  const errors: FieldError[] = [];
  if (isObject(resourceAttributes) && isObject(nonResourceAttributes)) {
    errors.push(
      fieldInvalid(
        'spec.nonResourceAttributes',
        internally(nonResourceAttributes),
        'cannot be specified in combination with resourceAttributes',
      ),
    );
  } else if (!isObject(resourceAttributes) && !isObject(nonResourceAttributes)) {
    errors.push(
      fieldInvalid(
        'spec.resourceAttributes',
        null,
        'exactly one of nonResourceAttributes or resourceAttributes must be specified',
      ),
    );
  }
  if (errors.length > 0) throw invalid(unnamed, '', errors);
  const { allowed, reason } = context.authorize(
    user,
    isObject(resourceAttributes) ? resourceQuestion(resourceAttributes) : pathQuestion(nonResourceAttributes),
  );
  return { allowed, ...(reason === '' ? {} : { reason }) };
}

function resourceQuestion({ verb, group, version, resource, subresource, namespace, name }: Draft): Attributes {
  const given = { group, version, resource, subresource, namespace, name };
  const texts = Object.fromEntries(
    Object.entries(given).flatMap(([member, value]) =>
      typeof value === 'string' && value !== '' ? [[member, value]] : [],
    ),
  );
  return { verb: asText(verb ?? ''), ...texts };
}

function pathQuestion(attributes: unknown): Attributes {
  const { verb, path } = isObject(attributes) ? attributes : {};
  return { verb: asText(verb ?? ''), path: asText(path ?? '') };
}

function subjectOf(spec: Draft): User {
  const groups = Array.isArray(spec.groups) ? spec.groups.map(String) : [];
  const name = typeof spec.user === 'string' ? spec.user : '';
  if (name === '' && groups.length === 0)
    throw invalid(unnamed, '', [fieldInvalid('spec.user', '', 'at least one of user or group must be specified')]);
  return { name, groups };
}

function requireNamespace(spec: Draft, namespace: string | undefined): void {
  const given = isObject(spec.resourceAttributes) ? spec.resourceAttributes.namespace : undefined;
  if (given !== namespace)
    throw invalid(unnamed, '', [
      fieldInvalid('spec.resourceAttributes.namespace', given ?? '', 'must match metadata.namespace'),
    ]);
}

function rules(context: ReviewContext, user: User, spec: Draft): Draft {
  if (typeof spec.namespace !== 'string' || spec.namespace === '') throw badRequest('no namespace on request');
  const held = context.rulesFor(user, spec.namespace);
  const shown = (rule: PolicyRule, members: readonly (keyof PolicyRule)[]): Draft =>
    Object.fromEntries(members.flatMap((member) => (rule[member].length === 0 ? [] : [[member, rule[member]]])));
  return {
    resourceRules: held
      .filter((rule) => rule.resources.length > 0)
      .map((rule) => shown(rule, ['verbs', 'apiGroups', 'resources', 'resourceNames'])),
    nonResourceRules: held
      .filter((rule) => rule.nonResourceURLs.length > 0)
      .map((rule) => shown(rule, ['verbs', 'nonResourceURLs'])),
    incomplete: false,
  };
}

function token({ tokens, oidc }: ReviewContext, spec: Draft): Draft {
  const refused = (error: string): Draft => ({ user: {}, error });
  if (typeof spec.token !== 'string' || spec.token === '')
    throw badRequest('token is required for TokenReview in authentication');
  const audiences =
    Array.isArray(spec.audiences) && spec.audiences.length > 0 ? spec.audiences.map(String) : [tokens.issuer];
  const holder = tokens.verify(spec.token) ?? idTokenHolder(oidc, spec.token, tokens.issuer);
  if (holder === undefined) return refused('invalid bearer token');
  const common = holder.audiences.filter((audience) => audiences.includes(audience));
  if (common.length === 0)
    return refused(
      `token audiences ${JSON.stringify(holder.audiences)} is invalid for the target audiences ${JSON.stringify(audiences)}`,
    );
  return { authenticated: true, user: userInfo(holder.user), audiences: common };
}

/** ID tokens say nothing of our audiences: they are for this server alone. */
function idTokenHolder(oidc: OidcAuthenticator | undefined, token: string, audience: string): TokenHolder | undefined {
  const user = oidc?.verify(token);
  return user === undefined ? undefined : { user, audiences: [audience] };
}

function userInfo({ name, uid, groups, extra }: User): Draft {
  return { username: name, ...(uid === undefined ? {} : { uid }), groups, ...(extra === undefined ? {} : { extra }) };
}
