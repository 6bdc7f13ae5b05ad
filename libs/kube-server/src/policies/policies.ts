import type { AdmissionView } from '../cel/evaluate.js';
import { celValue } from '../cel/values.js';
import type { KindDescriptor } from '../kinds/descriptor.js';
import type { KindTable } from '../kinds/kind-table.js';
import { webhookGroup } from '../kinds/webhooks.js';
import type { HookedWrite } from '../registry/hooks.js';
import { metaOf } from '../registry/metadata.js';
import { asText } from '../schema/schema.js';
import { ApiError, forbidden } from '../status/status.js';
import type { LogEntry } from '../storage/log.js';
import type { CommitListener, Store } from '../storage/store.js';
import type { Draft } from '../storage/stored.js';
import { keyOf } from '../storage/view.js';
import { kindFor, suitsNamespace, suitsObject } from '../webhooks/match.js';
import { convertedTo, requestOf } from '../webhooks/review.js';
import { type Authorize, viewOf } from '../webhooks/view.js';
import { evaluatePolicy, type Objection } from './evaluate.js';
import { Misconfigured, paramKindOf, paramsOf } from './params.js';
import { type Binding, type Match, policiesOf, type Policy } from './policy.js';

export interface PoliciesOptions {
  readonly store: Store;
  readonly kinds: KindTable;
  readonly authorize: Authorize;
}

const policyResource = `validatingadmissionpolicies.${webhookGroup}`;
const bindingResource = `validatingadmissionpolicybindings.${webhookGroup}`;

interface Concerned {
  readonly policy: Policy;
  readonly kind: KindDescriptor;
}

/** A write that a policy refuses. */
interface Refusal extends Objection {
  readonly policy: string;
  readonly binding: string | undefined;
}

/** ValidatingAdmissionPolicies and what binds them: what is committed holds for the next write. */
export class Policies implements CommitListener {
  readonly #options: PoliciesOptions;
  #all: readonly Policy[] = [];
  #isOpen = false;

  constructor(options: PoliciesOptions) {
    this.#options = options;
    options.store.onCommit(this);
    this.reloaded();
  }

  /** From now on policies hold: what a server writes to come up is nobody else's matter. */
  open(): void {
    this.#isOpen = true;
  }

  committed(entries: readonly LogEntry[]): void {
    if (entries.some(({ resource }) => resource === policyResource || resource === bindingResource)) this.reloaded();
  }

  reloaded(): void {
    const { store } = this.#options;
    this.#all = policiesOf(store.view(policyResource).list(), store.view(bindingResource).list());
  }

  /** How to judge a write; undefined when no policy is about it. The function throws ApiError when one refuses it. */
  concernedWith(write: HookedWrite): ((object: Draft | undefined) => void) | undefined {
    if (this.#all.length === 0 || !this.#isOpen || write.call.kind.group === webhookGroup) return undefined;
    const concerned = this.#all.flatMap((policy): Concerned[] => {
      const kind = this.#kindFor(policy.match, write);
      return kind === undefined ? [] : [{ policy, kind }];
    });
    return concerned.length === 0 ? undefined : (object) => this.#judge(concerned, write, object);
  }

  #kindFor({ wanted, excluded }: Match, write: HookedWrite): KindDescriptor | undefined {
    const { kinds } = this.#options;
    if (kindFor(excluded, write, kinds) !== undefined) return undefined;
    return wanted.rules.length === 0 ? write.call.kind : kindFor(wanted, write, kinds);
  }

  #judge(concerned: readonly Concerned[], write: HookedWrite, object: Draft | undefined): void {
    const refusals = concerned.flatMap((one) => this.#refusalsOf(one, write, object));
    const [first] = refusals;
    if (first !== undefined) throw denial(first, write, object);
  }

  #refusalsOf({ policy, kind }: Concerned, write: HookedWrite, object: Draft | undefined): Refusal[] {
    if (!this.#suits(policy.match, write, object)) return [];
    const attempt = (binding: string | undefined, work: () => Refusal[]): Refusal[] => {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof Misconfigured)) throw error;
        const { message } = error;
        return policy.ignoresFailures ? [] : [{ policy: policy.name, binding, message, reason: 'Invalid' }];
      }
    };
    return attempt(undefined, () => {
      const params = paramKindOf(policy, this.#options.kinds);
      return policy.bindings.flatMap((binding) =>
        attempt(binding.name, () => this.#refusalsBy({ policy, kind, binding, params }, write, object)),
      );
    });
  }

  #refusalsBy(
    one: Concerned & { readonly binding: Binding; readonly params: KindDescriptor | undefined },
    write: HookedWrite,
    object: Draft | undefined,
  ): Refusal[] {
    const { policy, kind, binding } = one;
    const { match } = binding;
    if (match !== undefined && (this.#kindFor(match, write) === undefined || !this.#suits(match, write, object)))
      return [];
    const params = paramsOf(one.params, binding, write.call.namespace, this.#options.store);
    if (params.length === 0) return [];
    const view = this.#viewOf(kind, write, object);
    return params.flatMap((given) => {
      const { objections, failures } = evaluatePolicy(policy, { ...view, params: given });
      const denied = binding.actions.includes('Deny') ? objections : [];
      if (binding.actions.includes('Warn')) for (const { message } of objections) warn(write, policy, binding, message);
      return [...denied, ...failures].map((refused) => ({ ...refused, policy: policy.name, binding: binding.name }));
    });
  }

  #suits({ namespaces, objects }: Match, write: HookedWrite, object: Draft | undefined): boolean {
    const { before } = write;
    return (
      suitsNamespace(namespaces, write, object ?? before, this.#options.store) && suitsObject(objects, [object, before])
    );
  }

  #viewOf(kind: KindDescriptor, write: HookedWrite, object: Draft | undefined): AdmissionView {
    const { store, authorize } = this.#options;
    const { call, before, shownAs } = write;
    const shown = (one: Draft | undefined): Draft | undefined =>
      one === undefined || shownAs !== undefined ? one : convertedTo(call.kind, kind, one);
    const request = requestOf({ uid: '', write, kind, object: shown(object), oldObject: shown(before) });
    const namespace =
      call.namespace === undefined ? undefined : store.view('namespaces').get(keyOf('', call.namespace));
    return {
      ...viewOf({ write, request, authorize }),
      namespaceObject: celValue(undefined, shownNamespace(namespace)),
    };
  }
}

/** What policies see of a namespace. */
function shownNamespace(namespace: Draft | undefined): Draft | null {
  if (namespace === undefined) return null;
  const { managedFields: _fields, ownerReferences: _owners, selfLink: _link, ...metadata } = metaOf(namespace);
  const { spec, status } = namespace;
  return { metadata, spec, status };
}

function warn({ call }: HookedWrite, policy: Policy, binding: Binding, message: string): void {
  const warning = `Validation failed for ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}': ${message}`;
  if (!call.warnings.includes(warning)) call.warnings.push(warning);
}

const codes: Readonly<Record<string, number>> = {
  Forbidden: 403,
  RequestEntityTooLarge: 413,
  Invalid: 422,
};

function denial(
  { policy, binding, message, reason }: Refusal,
  write: HookedWrite,
  object: Draft | undefined,
): ApiError {
  const bound = binding === undefined ? '' : ` with binding '${binding}'`;
  const whole = `ValidatingAdmissionPolicy '${policy}'${bound} denied request: ${message}`;
  const name = write.name || asText((object === undefined ? undefined : metaOf(object).name) ?? 'Unknown');
  const { status } = forbidden(write.call.kind, name, whole);
  return new ApiError(codes[reason] ?? 422, reason, status.message ?? '', {
    ...status.details,
    causes: [{ message: whole }],
  });
}
