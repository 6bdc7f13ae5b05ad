import { NamespaceKind, NodeKind, type Node } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { type Clock, type Log, type Random, backoffSeconds, equalJson, messageOf, sleep } from '@keelson/std';
import { bounded } from './bounded.js';
import type { ChildChange, ChildView, Contact } from './child-clusters.js';
import { ChildProtocol } from './child-protocol.js';

export interface ConnectionOptions {
  readonly name: string;
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Called for every change of the maintenance protocol. */
  readonly onChange: (change: Omit<ChildChange, 'cluster'>) => void;
  /** Called when a node is another than before to who follows it; without a node when the API falls silent or answers again. */
  readonly onNode: (node: string | undefined) => void;
}

/** How often the API is asked for a sign of life while nothing else is heard, and how old the last may be. */
export const probeSeconds = 10;
export const staleSeconds = 35;
export const callSeconds = 10;
const backoff = { firstSeconds: 1, maxSeconds: 5, factor: 2 };

/** Follows the nodes of one cluster by list and watch, and asks in between whether its API still answers. */
export class ChildConnection {
  readonly #options: ConnectionOptions;
  readonly #abort = new AbortController();
  readonly #openedAt: number;
  #nodes = new Map<string, Node>();
  /** When it answered last: the time of day to tell, and that which tells how long ago. */
  #answered: { readonly at: number; readonly elapsed: number } | undefined;
  #why = 'it has not answered yet';
  /** What listeners were told last of whether it answers. */
  #isSaidToAnswer = false;
  #protocol: ChildProtocol | undefined;
  /** Resolves after the first answer or the first failure. */
  readonly firstTry: Promise<void>;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#openedAt = options.clock.now();
    this.firstTry = new Promise((resolve) => void this.#follow(resolve));
  }

  get api(): KubeApi {
    return this.#options.api;
  }

  view(): ChildView {
    return { contact: this.#contact(), nodes: this.#nodes, protocol: this.#protocol?.view() };
  }

  close(): void {
    this.#abort.abort(new Error('the connection is closed'));
  }

  #contact(): Contact {
    const ago = this.#options.clock.elapsed() - (this.#answered?.elapsed ?? -Infinity);
    if (ago <= staleSeconds * 1000) return { answers: true };
    return { answers: false, since: this.#answered?.at ?? this.#openedAt, why: this.#why };
  }

  #hasAnswered(): void {
    const { clock } = this.#options;
    this.#answered = { at: clock.now(), elapsed: clock.elapsed() };
    this.#sayContact();
  }

  #sayContact(): void {
    const { answers } = this.#contact();
    if (answers === this.#isSaidToAnswer) return;
    this.#isSaidToAnswer = answers;
    this.#options.onNode(undefined);
  }

  async #follow(tried: () => void): Promise<void> {
    const { clock, random, log, name } = this.#options;
    for (let failures = 0; !this.#abort.signal.aborted;) {
      try {
        const version = await this.#list();
        failures = 0;
        tried();
        await this.#watch(version);
      } catch (error) {
        failures += 1;
        this.#why = messageOf(error);
        if (failures === 1) log.warn(`lost sight of the API of cluster ${name}: ${this.#why}`);
        this.#sayContact();
      }
      tried();
      await sleep(clock, backoffSeconds(backoff, Math.max(1, failures), random) * 1000, this.#abort.signal).catch(
        () => undefined,
      );
    }
  }

  async #list(): Promise<string> {
    const list = await this.#call('list its nodes', (signal) => this.#options.api.list(NodeKind, { signal }));
    const before = this.#nodes;
    this.#nodes = new Map(list.items.map((node) => [node.metadata.name, node]));
    this.#hasAnswered();
    for (const name of new Set([...before.keys(), ...this.#nodes.keys()])) this.#sayNode(name, before.get(name));
    this.#protocol ??= new ChildProtocol({ ...this.#options, signal: this.#abort.signal });
    return list.resourceVersion;
  }

  /** Returns when the server ends the watch; throws when it or a probe fails. */
  async #watch(resourceVersion: string): Promise<void> {
    const { signal } = this.#abort;
    const life = new AbortController();
    const stop = (): void => life.abort(new Error('the watch is over'));
    signal.addEventListener('abort', stop, { once: true });
    try {
      await Promise.race([this.#receive(resourceVersion, life.signal), this.#probe(life.signal)]);
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
    }
  }

  async #receive(resourceVersion: string, signal: AbortSignal): Promise<void> {
    for await (const event of this.#options.api.watch(NodeKind, { resourceVersion, signal })) {
      if (signal.aborted) return;
      this.#hasAnswered();
      if (event.type === 'BOOKMARK') continue;
      const { name } = event.object.metadata;
      const before = this.#nodes.get(name);
      if (event.type === 'DELETED') this.#nodes.delete(name);
      else this.#nodes.set(name, event.object);
      this.#sayNode(name, before);
    }
  }

  #sayNode(name: string, before: Node | undefined): void {
    if (!equalJson(tellsOf(this.#nodes.get(name)), tellsOf(before))) this.#options.onNode(name);
  }

  async #probe(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.#options.clock, probeSeconds * 1000, signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.#call('ask whether it answers', () => this.#options.api.get(NamespaceKind, { name: 'kube-system' }));
      this.#hasAnswered();
    }
  }

  #call<T>(what: string, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return bounded(this.#options.clock, callSeconds, what, call);
  }
}

/** What of a node concerns who follows it; its signs of life do not. */
function tellsOf(node: Node | undefined): unknown {
  if (node === undefined) return undefined;
  const { uid, labels, annotations } = node.metadata;
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  const version = node.status?.nodeInfo?.['kubeletVersion'];
  return [uid, labels, annotations, node.spec?.unschedulable, version, ready?.status, ready?.reason, ready?.message];
}
