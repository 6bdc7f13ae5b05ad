import { type KindDescriptor, resourceId } from '../kinds/descriptor.js';
import { metaOf } from '../registry/metadata.js';
import { isObject } from '../schema/schema.js';
import { fieldInvalid, invalid } from '../status/status.js';
import type { Store } from '../storage/store.js';
import type { Draft, Stored } from '../storage/stored.js';

/** Where addresses of Services come from: 10.233.0.0/18, the default of MOSK's clusters. The first 256 are for those who ask. */
const network = [10, 233] as const;
const size = 2 ** 14;
const reserved = 256;
const firstNodePort = 30_000;
const nodePorts = 2_768;

const services = 'services';

/**
 * Gives Services their cluster addresses and node ports, as the API of a real cluster does (pkg/registry/core/service).
 *
 * @throws ApiError 422 for an address that is another's, or not of the network
 */
export function serviceAddresses(store: Store): (kind: KindDescriptor, object: Draft) => Draft {
  const pool = new Pool(store);
  return (kind, object) => {
    if (resourceId(kind) !== services || !isObject(object.spec)) return object;
    const { type, ports } = object.spec;
    const { uid, name } = metaOf(object);
    const owner = String(uid);
    if (type === 'ExternalName') return object;
    const spec = { ...object.spec, ...addressOf(pool, kind, { owner, name: String(name) }, object.spec) };
    if ((type !== 'NodePort' && type !== 'LoadBalancer') || !Array.isArray(ports)) return { ...object, spec };
    const numbered = ports.map((port: unknown) =>
      isObject(port) && port.nodePort === undefined
        ? { ...port, nodePort: pool.nodePort(`${owner}/${String(port.port)}/${String(port.protocol)}`) }
        : port,
    );
    return { ...object, spec: { ...spec, ports: numbered } };
  };
}

function addressOf(
  pool: Pool,
  kind: KindDescriptor,
  { owner, name }: { readonly owner: string; readonly name: string },
  { clusterIP }: Draft,
): Draft {
  const family = { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' };
  if (clusterIP === 'None') return { clusterIP, clusterIPs: [clusterIP], ...family };
  const asked = typeof clusterIP === 'string' && clusterIP !== '' ? clusterIP : undefined;
  const address = pool.address(owner, asked);
  if (address !== undefined) return { clusterIP: address, clusterIPs: [address], ...family };
  const detail = `failed to allocate IP ${asked}: it is allocated already, or not in 10.233.0.0/18`;
  throw invalid(kind, name, [fieldInvalid('spec.clusterIPs', [asked], detail)]);
}

/** What is given out. It is held from the moment it is promised, for writes that are not committed yet ask at once. */
class Pool {
  readonly #store: Store;
  readonly #addresses = new Map<string, string>();
  readonly #ports = new Map<number, string>();
  #isLoaded = false;

  constructor(store: Store) {
    this.#store = store;
    store.onCommit({
      committed: (entries) => {
        for (const entry of entries)
          if (entry.resource === services && entry.type === 'delete') this.#free(entry.object);
      },
    });
  }

  /** The address of a Service, or undefined when it cannot have the one it asks for. */
  address(owner: string, asked: string | undefined): string | undefined {
    this.#load();
    if (asked !== undefined) {
      if (!isOfNetwork(asked) || (this.#addresses.get(asked) ?? owner) !== owner) return undefined;
      this.#addresses.set(asked, owner);
      return asked;
    }
    for (let step = 0; step < size - reserved; step += 1) {
      const address = addressAt(reserved + ((hashOf(owner) + step) % (size - reserved)));
      if ((this.#addresses.get(address) ?? owner) !== owner) continue;
      this.#addresses.set(address, owner);
      return address;
    }
    return undefined;
  }

  nodePort(owner: string): number | undefined {
    this.#load();
    for (let step = 0; step < nodePorts; step += 1) {
      const port = firstNodePort + ((hashOf(owner) + step) % nodePorts);
      if ((this.#ports.get(port) ?? owner) !== owner) continue;
      this.#ports.set(port, owner);
      return port;
    }
    return undefined;
  }

  #load(): void {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    for (const service of this.#store.view(services).list()) this.#take(service);
  }

  #take({ metadata, spec }: Stored): void {
    if (!isObject(spec)) return;
    if (typeof spec.clusterIP === 'string') this.#addresses.set(spec.clusterIP, metadata.uid);
    for (const port of portsOf(spec))
      if (typeof port.nodePort === 'number')
        this.#ports.set(port.nodePort, `${metadata.uid}/${String(port.port)}/${String(port.protocol)}`);
  }

  #free({ spec }: Stored): void {
    if (!isObject(spec)) return;
    if (typeof spec.clusterIP === 'string') this.#addresses.delete(spec.clusterIP);
    for (const { nodePort } of portsOf(spec)) if (typeof nodePort === 'number') this.#ports.delete(nodePort);
  }
}

function portsOf({ ports }: Draft): readonly Draft[] {
  return Array.isArray(ports) ? ports.filter(isObject) : [];
}

function addressAt(index: number): string {
  return `${network.join('.')}.${index >> 8}.${index & 255}`;
}

function isOfNetwork(address: string): boolean {
  const parts = address.split('.').map(Number);
  const [first, second, third = 256, fourth = 256] = parts;
  return parts.length === 4 && first === network[0] && second === network[1] && third < size >> 8 && fourth < 256;
}

/** FNV-1a: where to begin to look. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}
