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
import { Grants, type Reach } from './grants.js';

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

/** What a service does beside its reconcilers. */
export interface ExtraRights {
  /** Everywhere unless given. */
  readonly namespaces?: readonly string[];
  readonly rules: readonly PolicyRule[];
}

/**
 * What a service may do, from what its reconcilers declare: its ServiceAccount, a ClusterRole for what it does everywhere, and a
 * Role in each namespace for what it does there alone, its lease among that; with their bindings, and the namespaces. Deterministic.
 */
export function rbacOf(
  service: string,
  reconcilers: readonly AnyReconciler[],
  extra: readonly ExtraRights[] = [],
): KubeObject[] {
  const grants = new Grants();
  grants.allow(EventKind, '', ['create', 'get', 'patch']);
  grants.allow(LeaseKind, '', ['get', 'patch', 'update'], { namespaces: [leaseNamespace], names: [service] });
  grants.allow(LeaseKind, '', ['create'], { namespaces: [leaseNamespace] });
  for (const reconciler of reconcilers) grantsOf(reconciler, grants);
  for (const { rules, namespaces } of extra) grants.allowRules(rules, { namespaces });
  const namespaces = [leaseNamespace, ...grants.namespaces().filter((name) => name !== leaseNamespace)];
  const name = `keelson:${service}`;
  const account = { kind: 'ServiceAccount' as const, name: service, namespace: leaseNamespace };
  return [
    ...namespaces.map((namespace) => ({ ...typeOf(NamespaceKind), metadata: { name: namespace } })),
    { ...typeOf(ServiceAccountKind), metadata: { name: service, namespace: leaseNamespace } },
    roleOf(ClusterRoleKind, { name }, grants.rules()),
    bindingOf(ClusterRoleBindingKind, { name }, ['ClusterRole', name], account),
    ...grants
      .namespaces()
      .flatMap((namespace) => [
        roleOf(RoleKind, { name: service, namespace }, grants.rules(namespace)),
        bindingOf(RoleBindingKind, { name: service, namespace }, ['Role', service], account),
      ]),
  ];
}

function grantsOf({ kind, inputs, outputs }: AnyReconciler, grants: Grants): void {
  const written = outputs as readonly Output[];
  grants.allow(kind, '', reading);
  // Of its owner whoever makes an object may say that its deletion waits for it.
  if (written.some(({ verbs }) => verbs.includes('create') || verbs.includes('apply')))
    grants.allow(kind, 'finalizers', ['update']);
  for (const input of inputs as readonly Input[]) grants.allow(input.kind, '', reading, reachOf(input));
  for (const output of written) writingOf(output, grants);
}

function writingOf(output: Output, grants: Grants): void {
  const { kind, verbs, gives } = output;
  const whole = verbs.flatMap((verb) => verbsOf[verb]);
  // Before it is created an object has no name, unless it is applied.
  const nameless = verbs.includes('create') && output.names !== undefined ? ['create'] : [];
  grants.allow(kind, '', whole, output);
  grants.allow(kind, '', nameless, { namespaces: output.namespaces });
  if (verbs.includes('status')) grants.allow(kind, 'status', ['patch'], output);
  if (verbs.includes('createToken')) grants.allow(ServiceAccountKind, 'token', ['create'], output);
  if (gives === undefined) return;
  grants.allowRules(gives, { namespaces: output.namespaces });
  // Bound before it is there: a role that is its own to write, by name or by place, and no other.
  if (output.names !== undefined || output.namespaces !== undefined) grants.allow(kind, '', ['bind'], output);
}

/** A list by the name of one object is a right on that object alone. */
function reachOf({ selection = {} }: Input): Reach {
  const name = /^metadata\.name=([^,]+)$/.exec(selection.fieldSelector ?? '')?.[1];
  return { namespaces: selection.namespaces, names: name === undefined ? undefined : [name] };
}

function typeOf(kind: Kind): { apiVersion: string; kind: string } {
  return { apiVersion: apiVersionOf(kind), kind: kind.kind };
}

function roleOf(kind: Kind, metadata: KubeObject['metadata'], rules: readonly PolicyRule[]): KubeObject {
  const role: KubeObject & Record<string, unknown> = { ...typeOf(kind), metadata, rules };
  return role;
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
