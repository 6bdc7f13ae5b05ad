import { keyText, type ObjectKey } from '@keelson/api';
import { subjectRoot } from '@keelson/contracts';
import type { Input, Manager } from '@keelson/reconcile';
import { sha256Json } from '@keelson/std';
import { Attachment, type AttachPorts } from './attachment.js';

interface Open {
  readonly attachment: Attachment;
  /** Of the kubeconfig: a renewed certificate attaches anew. */
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

  /** The first word of the names of the service's reconcilers: `openstack` of `openstack-svc`. */
  get root(): string {
    return subjectRoot(this.#ports.side.service);
  }

  /** Whether a cluster is worked on through this kubeconfig. */
  isOpen(cluster: ObjectKey, kubeconfig: string): boolean {
    return this.#open.get(keyText(cluster))?.hash === sha256Json(kubeconfig);
  }

  has(cluster: ObjectKey): boolean {
    return this.#open.has(keyText(cluster));
  }

  /** Begins to work on a cluster; what was begun through another kubeconfig ends first. */
  async open(cluster: ObjectKey, kubeconfig: string, release: string | undefined): Promise<void> {
    await this.close(cluster);
    const attachment = new Attachment(this.#ports, cluster, kubeconfig, release);
    this.#open.set(keyText(cluster), { attachment, hash: sha256Json(kubeconfig) });
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
