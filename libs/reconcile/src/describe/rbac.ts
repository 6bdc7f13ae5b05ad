import {
  apiVersionOf,
  ClusterRoleBindingKind,
  ClusterRoleKind,
  EventKind,
  type Kind,
  type KubeObject,
  LeaseKind,
  NamespaceKind,
  type PolicyRule,
  RoleBindingKind,
  RoleKind,
  ServiceAccountKind,
} from '@keelson/api';
import type { AnyReconciler, Input, Output } from '../reconciler.js';
import { leaseNamespace } from '../service-manager.js';

const reading = ['get', 'list', 'watch'];

/** Verbs of the API by what a reconciler declares. */
const verbsOf: Readonly<Record<Output['verbs'][number], readonly string[]>> = {
  create: ['create'],
  // A patch that finds nothing to patch creates it.
  apply: ['patch', 'create'],
  patch: ['patch'],
  delete: ['delete'],
  status: [],
  createToken: [],
};

/**
 * What a service may do, from what its reconcilers declare: the Namespace, ServiceAccount, ClusterRole and binding, and a
 * Role for its lease and what it writes in its own namespace only. Deterministic.
 *
 * @param extra rules for what a service does beside its reconcilers
 */
export function rbacOf(
  service: string,
  reconcilers: readonly AnyReconciler[],
  extra: readonly PolicyRule[] = [],
): KubeObject[] {
  const account = { kind: 'ServiceAccount' as const, name: service, namespace: leaseNamespace };
  const inNamespace = { name: service, namespace: leaseNamespace };
  const grants = new Grants();
  grants.allow(EventKind, '', ['create', 'get', 'patch']);
  const ownGrants = new Grants();
  ownGrants.allow(LeaseKind, '', ['create', 'get', 'patch', 'update']);
  for (const reconciler of reconcilers) grantsOf(reconciler, grants, ownGrants);
  return [
    { ...typeOf(NamespaceKind), metadata: { name: leaseNamespace } },
    { ...typeOf(ServiceAccountKind), metadata: inNamespace },
    { ...typeOf(ClusterRoleKind), metadata: { name: `keelson:${service}` }, rules: [...grants.rules(), ...extra] },
    bindingOf(ClusterRoleBindingKind, { name: `keelson:${service}` }, ['ClusterRole', `keelson:${service}`], account),
    { ...typeOf(RoleKind), metadata: inNamespace, rules: ownGrants.rules() },
    bindingOf(RoleBindingKind, inNamespace, ['Role', service], account),
  ] as KubeObject[];
}

function grantsOf({ kind, inputs, outputs }: AnyReconciler, everywhere: Grants, ownNamespace: Grants): void {
  // patch: finalizers of its own objects. finalizers/update: owner references that block their deletion.
  everywhere.allow(kind, '', [...reading, 'patch']);
  everywhere.allow(kind, 'finalizers', ['update']);
  if (kind.hasStatus) everywhere.allow(kind, 'status', ['patch']);
  for (const input of inputs as readonly Input[]) everywhere.allow(input.kind, '', reading);
  for (const output of outputs as readonly Output[]) {
    const grants = output.ownNamespace === true ? ownNamespace : everywhere;
    grants.allow(
      output.kind,
      '',
      output.verbs.flatMap((verb) => verbsOf[verb]),
    );
    if (output.verbs.includes('status')) grants.allow(output.kind, 'status', ['patch']);
    if (output.verbs.includes('createToken')) grants.allow(ServiceAccountKind, 'token', ['create']);
    // Roles for others (agents) hold rights the service itself does not need.
    if (output.kind.kind === RoleKind.kind || output.kind.kind === ClusterRoleKind.kind)
      grants.allow(output.kind, '', ['bind', 'escalate']);
  }
}

function typeOf(kind: Kind): { apiVersion: string; kind: string } {
  return { apiVersion: apiVersionOf(kind), kind: kind.kind };
}

function bindingOf(
  kind: Kind,
  metadata: KubeObject['metadata'],
  [role, name]: readonly [string, string],
  account: object,
): KubeObject {
  const binding: KubeObject & Record<string, unknown> = {
    ...typeOf(kind),
    metadata,
    roleRef: { apiGroup: ClusterRoleKind.group, kind: role, name },
    subjects: [account],
  };
  return binding;
}

/** Verbs by resource, folded into the fewest rules. */
class Grants {
  readonly #verbs = new Map<string, Set<string>>();

  allow({ group, plural }: Kind, subresource: string, verbs: readonly string[]): void {
    if (verbs.length === 0) return;
    const key = `${group} ${subresource === '' ? plural : `${plural}/${subresource}`}`;
    const known = this.#verbs.get(key) ?? new Set<string>();
    for (const verb of verbs) known.add(verb);
    this.#verbs.set(key, known);
  }

  /** One rule for resources of a group with the same verbs. */
  rules(): PolicyRule[] {
    const byVerbs = new Map<string, { group: string; resources: string[]; verbs: string[] }>();
    for (const [key, granted] of [...this.#verbs].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const [group = '', resource = ''] = key.split(' ');
      const verbs = [...granted].sort();
      const id = `${group}|${verbs.join()}`;
      const rule = byVerbs.get(id) ?? { group, resources: [], verbs };
      rule.resources.push(resource);
      byVerbs.set(id, rule);
    }
    return [...byVerbs.values()].map(({ group, resources, verbs }) => ({ apiGroups: [group], resources, verbs }));
  }
}
