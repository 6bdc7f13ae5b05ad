import type { Attributes, Decision } from '../engine/engine.js';
import type { User } from '../registry/context.js';
import type { Store } from '../storage/store.js';
import { BindingIndex, type Grant } from './bindings.js';
import { allows, type PolicyRule } from './rules.js';

interface Known {
  readonly generation: number;
  readonly grants: readonly Grant[];
  readonly decisions: Map<string, Decision>;
}

const masters: Decision = { allowed: true, reason: '' };
const maxDecisions = 2048;

/** Role-based access control. What a user may do is computed once, until a role or binding changes. */
export class RbacAuthorizer {
  readonly bindings: BindingIndex;
  readonly #known = new WeakMap<User, Known>();

  constructor(store: Store) {
    this.bindings = new BindingIndex(store);
  }

  authorize(user: User, asked: Attributes): Decision {
    if (user.groups.includes('system:masters')) return masters;
    const known = this.#of(user);
    const key = `${asked.verb} ${asked.path ?? ''} ${asked.group ?? ''}/${asked.resource ?? ''}/${asked.subresource ?? ''} ${asked.namespace ?? ''}/${asked.name ?? ''}`;
    let decision = known.decisions.get(key);
    if (decision === undefined) {
      decision = decide(known.grants, asked);
      if (known.decisions.size >= maxDecisions) known.decisions.clear();
      known.decisions.set(key, decision);
    }
    return decision;
  }

  /** The rules that hold for a user in a namespace, or only those that hold everywhere. */
  rulesFor(user: User, namespace: string | undefined): PolicyRule[] {
    return this.#of(user)
      .grants.filter((grant) => grant.namespace === undefined || grant.namespace === namespace)
      .map(({ rule }) => rule);
  }

  #of(user: User): Known {
    const { generation } = this.bindings;
    let known = this.#known.get(user);
    if (known?.generation !== generation) {
      known = { generation, grants: this.bindings.grantsOf(user), decisions: new Map() };
      this.#known.set(user, known);
    }
    return known;
  }
}

function decide(grants: readonly Grant[], asked: Attributes): Decision {
  const namespace = asked.namespace === '' ? undefined : asked.namespace;
  const grant = grants.find(
    (one) =>
      (one.namespace === undefined || (asked.path === undefined && one.namespace === namespace)) &&
      allows(one.rule, asked),
  );
  if (grant === undefined) return { allowed: false, reason: '' };
  return { allowed: true, reason: `RBAC: allowed by ${grant.by}` };
}
