import type { User } from '../registry/context.js';
import { asText, isObject } from '../schema/schema.js';
import type { LogEntry } from '../storage/log.js';
import type { CommitListener, Store } from '../storage/store.js';
import type { Draft, Stored } from '../storage/stored.js';
import { type PolicyRule, rulesOf } from './rules.js';

const group = 'rbac.authorization.k8s.io';
const roles = `roles.${group}`;
const roleBindings = `rolebindings.${group}`;
export const clusterRoles = `clusterroles.${group}`;
const clusterRoleBindings = `clusterrolebindings.${group}`;

/** A rule together with where it holds and why. */
export interface Grant {
  readonly rule: PolicyRule;
  /** undefined: in all namespaces and outside them. */
  readonly namespace: string | undefined;
  /** For the reason of a decision. */
  readonly by: string;
}

/** All bindings by the subjects they name. Follows commits; what was computed from it is stale when `generation` moves. */
export class BindingIndex implements CommitListener {
  readonly #store: Store;
  readonly #bySubject = new Map<string, Map<string, Stored>>();
  #generation = 0;

  constructor(store: Store) {
    this.#store = store;
    store.onCommit(this);
    this.reloaded();
  }

  get generation(): number {
    return this.#generation;
  }

  committed(entries: readonly LogEntry[]): void {
    for (const { resource, type, object, previous } of entries) {
      const isBinding = resource === roleBindings || resource === clusterRoleBindings;
      if (!isBinding && resource !== roles && resource !== clusterRoles) continue;
      this.#generation += 1;
      if (!isBinding) continue;
      if (previous !== undefined) this.#unlink(previous);
      if (type === 'put') this.#link(object);
    }
  }

  reloaded(): void {
    this.#bySubject.clear();
    this.#generation += 1;
    for (const resource of [roleBindings, clusterRoleBindings])
      for (const binding of this.#store.view(resource).list()) this.#link(binding);
  }

  /** Everything that is granted to a user, by name, as a service account and through groups. */
  grantsOf(user: User): Grant[] {
    const bindings = new Map<string, { readonly binding: Stored; readonly subject: string }>();
    for (const subject of subjectsOfUser(user))
      for (const [id, binding] of this.#bySubject.get(subject) ?? [])
        if (!bindings.has(id)) bindings.set(id, { binding, subject });
    return [...bindings.values()].flatMap(({ binding, subject }) => this.#grantsBy(binding, subject));
  }

  /** The rules of the role that a binding in `namespace` refers to; undefined when there is no such role. */
  rulesOfRole(reference: unknown, namespace: string | undefined): readonly PolicyRule[] | undefined {
    const { kind, name } = isObject(reference) ? reference : {};
    const role =
      kind === 'ClusterRole'
        ? this.#store.get(clusterRoles, '', String(name))
        : this.#store.get(roles, namespace ?? '', String(name));
    return role === undefined ? undefined : rulesOf(role);
  }

  #grantsBy(binding: Stored, subject: string): Grant[] {
    const { namespace, name } = binding.metadata;
    const rules = this.rulesOfRole(binding.roleRef, namespace) ?? [];
    const role = isObject(binding.roleRef)
      ? `${String(binding.roleRef.kind)} "${String(binding.roleRef.name)}"`
      : 'role';
    const by =
      namespace === undefined
        ? `ClusterRoleBinding "${name}" of ${role}`
        : `RoleBinding "${name}/${namespace}" of ${role}`;
    return rules.map((rule) => ({ rule, namespace, by: `${by} to ${subjectText(subject)}` }));
  }

  #link(binding: Stored): void {
    for (const subject of subjectsOf(binding)) {
      const bound = this.#bySubject.get(subject) ?? new Map<string, Stored>();
      this.#bySubject.set(subject, bound);
      bound.set(idOf(binding), binding);
    }
  }

  #unlink(binding: Stored): void {
    for (const subject of subjectsOf(binding)) {
      const bound = this.#bySubject.get(subject);
      bound?.delete(idOf(binding));
      if (bound?.size === 0) this.#bySubject.delete(subject);
    }
  }
}

function idOf({ metadata }: Stored): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function subjectsOf(binding: Stored): string[] {
  const subjects = Array.isArray(binding.subjects) ? binding.subjects.filter(isObject) : [];
  return subjects.map((subject) => subjectKey(subject, binding.metadata.namespace));
}

/** A service account is the user it authenticates as. */
function subjectKey({ kind, name, namespace }: Draft, bindingNamespace: string | undefined): string {
  if (kind === 'Group') return `group:${String(name)}`;
  if (kind === 'User') return `user:${String(name)}`;
  return `user:system:serviceaccount:${asText(namespace ?? bindingNamespace ?? '')}:${String(name)}`;
}

/** A subject as the reason of a decision names it. */
function subjectText(subject: string): string {
  const account = /^user:system:serviceaccount:([^:]+):(.+)$/.exec(subject);
  if (account !== null) return `ServiceAccount ${JSON.stringify(`${account[2]}/${account[1]}`)}`;
  const at = subject.indexOf(':');
  return `${subject.startsWith('group:') ? 'Group' : 'User'} ${JSON.stringify(subject.slice(at + 1))}`;
}

function subjectsOfUser({ name, groups }: User): string[] {
  return [`user:${name}`, ...groups.map((group) => `group:${group}`)];
}
