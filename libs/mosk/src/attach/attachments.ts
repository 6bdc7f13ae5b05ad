import { keyText, type ObjectKey } from '@keelson/api';
import { subjectRoot } from '@keelson/contracts';
import type { Input, Manager } from '@keelson/reconcile';
import type { InClusters } from '@keelson/service';
import { sha256Json, terminal } from '@keelson/std';
import { Attachment, type AttachPorts } from './attachment.js';
import { accountIn } from './rights.js';

/** How a cluster is reached. */
export interface Access {
  /** Changes with the API that it leads to. */
  readonly point: string;
  readonly kubeconfig: string;
}

/** A cluster as it stands now. */
export interface AttachedNow {
  /** `<namespace>/<name>`. */
  readonly cluster: string;
  readonly manager: Manager | undefined;
  /** Why nothing is done there; undefined while all is well. */
  readonly lacks: string | undefined;
}

interface Open {
  readonly attachment: Attachment;
  /** Which API it is: another one is attached to anew. */
  readonly point: string;
  /** Of the kubeconfig with its token. */
  readonly hash: string;
}

/** The MOSK clusters that are worked on. Each by itself: one that is away holds nobody up. */
export class Attachments {
  readonly #ports: AttachPorts;
  readonly #open = new Map<string, Open>();

  /** What the service reads of the management API beside clusters and their kubeconfigs. */
  get reads(): readonly Input[] {
    return this.#ports.side.reads ?? [];
  }

  constructor(ports: AttachPorts) {
    this.#ports = ports;
  }

  /** What runs in every cluster and the account it has there, as declared: nothing of it is started by asking. */
  get inClusters(): InClusters {
    const { side } = this.#ports;
    const nowhere = (): Promise<never> => Promise.reject(terminal('declarations are read without a network'));
    const reconcilers = side.reconcilers({
      cluster: { namespace: '', name: 'any' },
      api: { list: nowhere },
      http: nowhere,
      identity: side.service,
      release: () => undefined,
    });
    return { reconcilers, account: accountIn(side, reconcilers) };
  }

  /** The first word of the names of the service's reconcilers: `openstack` of `openstack-svc`. */
  get root(): string {
    return subjectRoot(this.#ports.side.service);
  }

  get service(): string {
    return this.#ports.side.service;
  }

  /** Whether a cluster is worked on through this access; `stale` with another token. */
  isOpen(cluster: ObjectKey, { point, kubeconfig }: Access): boolean | 'stale' {
    const open = this.#open.get(keyText(cluster));
    if (open?.point !== point) return false;
    return open.hash === sha256Json(kubeconfig) ? true : 'stale';
  }

  has(cluster: ObjectKey): boolean {
    return this.#open.has(keyText(cluster));
  }

  /** Begins to work on a cluster; what was begun on another API ends first. */
  async open(cluster: ObjectKey, { point, kubeconfig }: Access, release: string | undefined): Promise<void> {
    await this.close(cluster);
    const attachment = new Attachment(this.#ports, cluster, kubeconfig, release);
    this.#open.set(keyText(cluster), { attachment, point, hash: sha256Json(kubeconfig) });
  }

  /** Goes on with another token. */
  renew(cluster: ObjectKey, { kubeconfig }: Access): void {
    const open = this.#open.get(keyText(cluster));
    if (open === undefined) return;
    open.attachment.renew(kubeconfig);
    this.#open.set(keyText(cluster), { ...open, hash: sha256Json(kubeconfig) });
  }

  /** Tells the cluster's release to what works on it. */
  tell(cluster: ObjectKey, release: string | undefined): void {
    const open = this.#open.get(keyText(cluster));
    if (open !== undefined) open.attachment.release = release;
  }

  /** The work on a cluster; undefined when there is none. */
  of({ namespace, cluster }: { readonly namespace: string; readonly cluster: string }): Attachment | undefined {
    return this.#open.get(keyText({ namespace, name: cluster }))?.attachment;
  }

  async close(cluster: ObjectKey): Promise<void> {
    const open = this.#open.get(keyText(cluster));
    this.#open.delete(keyText(cluster));
    await open?.attachment.close();
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ attachment }) => this.close(attachment.cluster)));
  }

  /** Why nothing is done on a cluster; undefined while all is well there. */
  lacks(cluster: ObjectKey): string | undefined {
    const open = this.#open.get(keyText(cluster));
    return open === undefined ? 'it is not attached to' : open.attachment.lacks();
  }

  /** Every cluster that there is access to: its reconcilers, once they run, and why nothing is done there. */
  clusters(): readonly AttachedNow[] {
    return [...this.#open].map(([cluster, { attachment }]) => ({
      cluster,
      manager: attachment.manager,
      lacks: attachment.lacks(),
    }));
  }

  /** Reconcilers at work, by cluster. */
  managers(): readonly { readonly cluster: string; readonly manager: Manager }[] {
    return [...this.#open].flatMap(
      ([
        cluster,
        {
          attachment: { manager },
        },
      ]) => (manager === undefined ? [] : [{ cluster, manager }]),
    );
  }
}
