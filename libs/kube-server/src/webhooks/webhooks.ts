import { type Clock, equalJson, type Http, type Log, messageOf, type Random, uuid } from '@keelson/std';
import { Budget, costOfConditions } from '../cel/cost.js';
import { conditionsHold } from '../cel/evaluate.js';
import type { KindDescriptor } from '../kinds/descriptor.js';
import type { KindTable } from '../kinds/kind-table.js';
import { webhookGroup } from '../kinds/webhooks.js';
import { jsonPatch } from '../patch/json-patch.js';
import type { HookedWrite, Hooks } from '../registry/hooks.js';
import { isObject } from '../schema/schema.js';
import { forbidden, internal } from '../status/status.js';
import type { LogEntry } from '../storage/log.js';
import type { CommitListener, Store } from '../storage/store.js';
import { type Draft, frozenCopy } from '../storage/stored.js';
import { askWebhook, WebhookFailed } from './ask.js';
import { kindFor, suitsNamespace, suitsObject } from './match.js';
import { convertedTo, denial, requestOf, type Verdict } from './review.js';
import { type Authorize, viewOf } from './view.js';
import { type Webhook, webhooksOf } from './webhook.js';

export interface WebhooksOptions {
  readonly store: Store;
  readonly kinds: KindTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Log;
  /** Absent: a webhook that is concerned counts as one that cannot be reached. */
  readonly http: Http | undefined;
  readonly authorize: Authorize;
}

const configurations: readonly string[] = [
  `mutatingwebhookconfigurations.${webhookGroup}`,
  `validatingwebhookconfigurations.${webhookGroup}`,
];

interface Concerned {
  readonly webhook: Webhook;
  readonly kind: KindDescriptor;
}

/** The admission webhooks that configurations name. Configurations themselves are never shown to any. */
export class Webhooks implements CommitListener {
  readonly #options: WebhooksOptions;
  /** Mutating before validating, by the names of their configurations. */
  #all: readonly Webhook[] = [];
  #isOpen = false;

  constructor(options: WebhooksOptions) {
    this.#options = options;
    options.store.onCommit(this);
    this.reloaded();
  }

  /** From now on webhooks are asked: what a server writes to come up is nobody else's matter. */
  open(): void {
    this.#isOpen = true;
  }

  committed(entries: readonly LogEntry[]): void {
    if (entries.some(({ resource }) => configurations.includes(resource))) this.reloaded();
  }

  reloaded(): void {
    const { store } = this.#options;
    this.#all = configurations.flatMap((resource) =>
      [...store.view(resource).list()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)).flatMap(webhooksOf),
    );
  }

  /** Who has a say in a write; undefined when nobody has. */
  concernedWith(write: HookedWrite): Hooks | undefined {
    if (this.#all.length === 0 || !this.#isOpen || write.call.kind.group === webhookGroup) return undefined;
    const concerned = this.#all.flatMap((webhook): Concerned[] => {
      const kind = kindFor(webhook, write, this.#options.kinds);
      return kind === undefined ? [] : [{ webhook, kind }];
    });
    if (concerned.length === 0) return undefined;
    return {
      mutate: (object) => this.#mutate(concerned, write, object),
      validate: (object) => this.#validate(concerned, write, object),
    };
  }

  /** One after the other; those that want it are asked again when another changed what they had seen. */
  async #mutate(
    concerned: readonly Concerned[],
    write: HookedWrite,
    object: Draft | undefined,
  ): Promise<Draft | undefined> {
    const mutating = concerned.filter(({ webhook }) => webhook.isMutating);
    const asked = new Set<Concerned>();
    const again = new Set<Concerned>();
    let current = object;
    for (const one of mutating) {
      const next = await this.#mutatedBy(one, write, current);
      if (next === undefined) continue;
      if (!equalJson(next.object, current)) for (const before of asked) again.add(before);
      current = next.object;
      if (one.webhook.isReinvocable) asked.add(one);
    }
    for (const one of mutating)
      if (again.has(one)) current = (await this.#mutatedBy(one, write, current))?.object ?? current;
    return current;
  }

  /** undefined when the webhook did not care or its failure is ignored. */
  async #mutatedBy(
    one: Concerned,
    write: HookedWrite,
    object: Draft | undefined,
  ): Promise<{ readonly object: Draft | undefined } | undefined> {
    const verdict = await this.#ask(one, write, object);
    if (verdict === undefined) return undefined;
    if (verdict.patch === undefined) return { object };
    if (object === undefined)
      throw internal(
        `admission webhook ${JSON.stringify(one.webhook.name)} attempted to modify the object, which is not supported for this operation`,
      );
    try {
      const shown = inVersion(write, write.call.kind, one.kind, object);
      const patched = frozenCopy(jsonPatch(shown, verdict.patch));
      if (!isObject(patched)) throw new Error('the patch leaves no object');
      return { object: inVersion(write, one.kind, write.call.kind, patched) };
    } catch (error) {
      throw internal(messageOf(error));
    }
  }

  async #validate(concerned: readonly Concerned[], write: HookedWrite, object: Draft | undefined): Promise<void> {
    const results = await Promise.allSettled(
      concerned.filter(({ webhook }) => !webhook.isMutating).map((one) => this.#ask(one, write, object)),
    );
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** The verdict of a webhook that allows the write; undefined when it need not be asked or its failure is ignored. */
  async #ask(
    { webhook, kind }: Concerned,
    write: HookedWrite,
    object: Draft | undefined,
  ): Promise<Verdict | undefined> {
    const { store, random, http, clock } = this.#options;
    const { before } = write;
    if (!suitsNamespace(webhook.namespaces, write, object ?? before, store)) return undefined;
    if (!suitsObject(webhook.objects, [object, before])) return undefined;
    const shown = (one: Draft | undefined): Draft | undefined =>
      one === undefined ? undefined : inVersion(write, write.call.kind, kind, one);
    const request = requestOf({
      uid: uuid(random),
      write,
      kind,
      object: shown(object),
      oldObject: shown(before),
    });
    if (!this.#meetsConditions(webhook, write, request)) return undefined;
    let verdict: Verdict;
    try {
      verdict = await askWebhook({ http, clock }, webhook, request);
    } catch (error) {
      return this.#failed(webhook, error);
    }
    const { warnings } = write.call;
    warnings.push(...verdict.warnings.filter((warning) => !warnings.includes(warning)));
    if (!verdict.isAllowed) throw denial(webhook.name, verdict.status);
    return verdict;
  }

  #meetsConditions(webhook: Webhook, write: HookedWrite, request: Draft): boolean {
    if (webhook.conditions.length === 0) return true;
    try {
      const view = viewOf({ write, request, authorize: this.#options.authorize });
      return conditionsHold(webhook.conditions, view, new Budget(costOfConditions));
    } catch (error) {
      if (webhook.ignoresFailures) return false;
      throw forbidden(write.call.kind, write.name, messageOf(error));
    }
  }

  #failed(webhook: Webhook, error: unknown): undefined {
    if (!(error instanceof WebhookFailed)) throw error;
    if (!webhook.ignoresFailures) throw internal(error.message);
    this.#options.logger.warn(`a webhook is passed over, as its configuration wants: ${error.message}`, {
      webhook: webhook.name,
    });
    return undefined;
  }
}

/** What is shown in place of an object has the one version. */
function inVersion(write: HookedWrite, from: KindDescriptor, to: KindDescriptor, object: Draft): Draft {
  return write.shownAs === undefined ? convertedTo(from, to, object) : object;
}
