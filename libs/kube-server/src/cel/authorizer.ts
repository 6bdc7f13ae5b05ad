import type { Environment } from '@marcbachmann/cel-js';
import type { Attributes, Decision } from '../engine/engine.js';
import { labelNameErrors, subdomainErrors } from '../kinds/names.js';

/** Whom and what the `authorizer` of an expression may ask. */
export interface Rights {
  /** The resource that the request is about, without a verb. */
  readonly request: Omit<Attributes, 'verb'>;
  /** Whether the user of the request may do something. */
  may(asked: Attributes): Decision;
  /** The same for a service account. */
  ofServiceAccount(namespace: string, name: string): Rights;
}

/** `authorizer`: speaks for the user of the request, or for a service account. */
export class Authorizer {
  readonly rights: Rights;
  readonly requestResource: ResourceCheck;

  constructor(rights: Rights) {
    this.rights = rights;
    this.requestResource = new ResourceCheck(rights, rights.request);
  }
}

/** What may be asked about resources of a group. */
class GroupCheck {
  readonly rights: Rights;
  readonly group: string;

  constructor(rights: Rights, group: string) {
    this.rights = rights;
    this.group = group;
  }
}

/** A question about a path outside resources, without its verb. */
class PathCheck {
  readonly rights: Rights;
  readonly path: string;

  constructor(rights: Rights, path: string) {
    this.rights = rights;
    this.path = path;
  }
}

/** A question about a resource, without its verb. */
class ResourceCheck {
  readonly rights: Rights;
  readonly asked: Omit<Attributes, 'verb'>;

  constructor(rights: Rights, asked: Omit<Attributes, 'verb'>) {
    this.rights = rights;
    this.asked = asked;
  }

  with(part: Omit<Attributes, 'verb'>): ResourceCheck {
    return new ResourceCheck(this.rights, { ...this.asked, ...part });
  }
}

class CelDecision {
  readonly decision: Decision;

  constructor(decision: Decision) {
    this.decision = decision;
  }
}

const at = (name: string): string => `kubernetes.authorization.${name}`;

/** What `authorizer` is, for the declaration of the variable. */
export const authorizerType = at('Authorizer');

/**
 * The authz library (k8s.io/apiserver/pkg/cel/library/authz.go). Selectors are taken and narrow no question: RBAC does not
 * read them.
 */
export function addAuthorizer(env: Environment): void {
  const [group, path, resource, decision] = [at('GroupCheck'), at('PathCheck'), at('ResourceCheck'), at('Decision')];
  env.registerType(group, { ctor: GroupCheck, fields: {} });
  env.registerType(path, { ctor: PathCheck, fields: {} });
  env.registerType(resource, { ctor: ResourceCheck, fields: {} });
  env.registerType(decision, { ctor: CelDecision, fields: {} });
  env.registerType(authorizerType, { ctor: Authorizer, fields: { requestResource: resource } });
  env.registerFunction(`${authorizerType}.path(string): ${path}`, ({ rights }: Authorizer, given: string) => {
    return new PathCheck(rights, nonEmpty('path', given));
  });
  env.registerFunction(
    `${authorizerType}.group(string): ${group}`,
    ({ rights }: Authorizer, given: string) => new GroupCheck(rights, given),
  );
  env.registerFunction(`${authorizerType}.serviceAccount(string, string): ${authorizerType}`, serviceAccount);
  env.registerFunction(`${group}.resource(string): ${resource}`, (asked: GroupCheck, given: string) => {
    return new ResourceCheck(asked.rights, { group: asked.group, resource: nonEmpty('resource', given) });
  });
  for (const part of ['subresource', 'namespace', 'name'] as const)
    env.registerFunction(`${resource}.${part}(string): ${resource}`, (asked: ResourceCheck, given: string) =>
      asked.with({ [part]: given }),
    );
  for (const selector of ['fieldSelector', 'labelSelector'])
    env.registerFunction(`${resource}.${selector}(string): ${resource}`, (asked: ResourceCheck) => asked);
  addDecisions(env, { path, resource, decision });
}

function addDecisions(env: Environment, types: Readonly<Record<'path' | 'resource' | 'decision', string>>): void {
  const { path, resource, decision } = types;
  env.registerFunction(
    `${path}.check(string): ${decision}`,
    ({ rights, path: asked }: PathCheck, verb: string) => new CelDecision(rights.may({ verb, path: asked })),
  );
  env.registerFunction(
    `${resource}.check(string): ${decision}`,
    ({ rights, asked }: ResourceCheck, verb: string) => new CelDecision(rights.may({ ...asked, verb })),
  );
  env.registerFunction(`${decision}.allowed(): bool`, ({ decision: { allowed } }: CelDecision) => allowed);
  env.registerFunction(`${decision}.reason(): string`, ({ decision: { reason } }: CelDecision) => reason);
  env.registerFunction(`${decision}.errored(): bool`, () => false);
  env.registerFunction(`${decision}.error(): string`, () => '');
}

function nonEmpty(what: string, given: string): string {
  if (given.trim() === '') throw new Error(`${what} must not be empty`);
  return given;
}

function serviceAccount({ rights }: Authorizer, namespace: string, name: string): Authorizer {
  if (subdomainErrors(name).length > 0) throw new Error('Invalid service account name');
  if (labelNameErrors(namespace).length > 0) throw new Error('Invalid service account namespace');
  return new Authorizer(rights.ofServiceAccount(namespace, name));
}
