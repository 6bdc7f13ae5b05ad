import type { SimulatedCloud } from './cloud.js';
import type { Doc } from './exchange.js';

/** What masakari writes when it disables the nova-compute of a failed host. */
const reason = 'Masakari detected host failed.';
/** Between looks of the engine, seconds. */
const lookSeconds = 10;

/** masakari-engine, simulated: instances of a host that it is told is down are built anew elsewhere. */
export class Recoveries {
  readonly #cloud: SimulatedCloud;

  /** What was not ended when the lab's process did is taken up again. */
  constructor(cloud: SimulatedCloud) {
    this.#cloud = cloud;
    for (const { id, type, status, hostname } of cloud.collection('notifications').list(new URLSearchParams()))
      if (type === 'COMPUTE_HOST' && (status === 'new' || status === 'running'))
        this.begin(String(id), String(hostname));
  }

  begin(id: string, host: string): void {
    this.#later(() => {
      this.#mark(id, 'running');
      this.#takeOut(host);
      this.#evacuate(id, host);
    });
  }

  #takeOut(host: string): void {
    const compute = this.#cloud.compute(host);
    if (compute !== undefined) Object.assign(compute.settings, { disabled: true, reason });
    const hosts = this.#cloud.collection('ha-hosts');
    for (const { id, name } of hosts.list(new URLSearchParams()))
      if (name === host) hosts.change(String(id), { on_maintenance: true });
    this.#cloud.changed();
  }

  /** nova evacuates from a host alone that it sees down. */
  #evacuate(id: string, host: string): void {
    const { instances, migrations } = this.#cloud;
    this.#cloud.refresh();
    if (this.#cloud.compute(host)?.up === true) return this.#later(() => this.#evacuate(id, host));
    for (const instance of instances.onHost(host))
      if (instance.status === 'ACTIVE' && instance.task === null)
        migrations.evacuate(instance, this.#cloud.destinationFor(instance));
    this.#later(() => this.#end(id, host));
  }

  #end(id: string, host: string): void {
    const left = this.#cloud.instances.onHost(host);
    if (left.some(({ status }) => status === 'REBUILD')) return this.#later(() => this.#end(id, host));
    this.#mark(id, left.some(({ status }) => status === 'ERROR') ? 'failed' : 'finished');
  }

  #mark(id: string, status: string): void {
    this.#cloud.collection('notifications').change(id, { status });
    this.#cloud.save();
  }

  #later(act: () => void): void {
    this.#cloud.clock.schedule(this.#cloud.pace.ms(lookSeconds), act);
  }
}

/** A notification as masakari shows it. */
export function notificationDoc(doc: Doc): Doc {
  return { ...doc, notification_uuid: doc['id'] };
}
