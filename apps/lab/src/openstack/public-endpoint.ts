import { SecretKind } from '@keelson/api';
import {
  type Clock,
  type HttpResponse,
  type KeyAndCertificate,
  type Log,
  type Timer,
  equalJson,
  messageOf,
} from '@keelson/std';
import type { ChildApi, ChildWrite, ProxiedRequest } from '../clusters/child-api.js';
import type { Handler, ListenOptions, Listener } from '../listen/https.js';
import { type Service, ServiceKind } from '../workloads/kinds.js';
import { type Ingress, IngressKind, publicHosts } from './catalog.js';
import { openstackNamespace } from './cluster-facts.js';

export interface PublicEndpointOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly api: ChildApi;
  readonly answer: (request: ProxiedRequest) => Promise<HttpResponse>;
  readonly listen: (options: ListenOptions) => Promise<Listener>;
}

interface Wanted {
  readonly host: string;
  readonly port: number;
  readonly certificate: KeyAndCertificate | undefined;
}

const relevant = new Set(['services', 'secrets', 'ingresses.networking.k8s.io']);
const settleMs = 1_000;

/**
 * The public side of a cluster's OpenStack: the address of its ingress, which leads by the name in the request to the Service
 * that an Ingress names. Port `https` speaks TLS with the certificate of the Ingresses.
 */
export class PublicEndpoint {
  readonly #options: PublicEndpointOptions;
  readonly #open = new Map<string, { readonly wanted: Wanted; readonly listener: Listener }>();
  #timer: Timer | undefined;
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: PublicEndpointOptions) {
    this.#options = options;
  }

  note(writes: readonly ChildWrite[]): void {
    if (this.#isClosed || this.#timer !== undefined) return;
    if (!writes.some(({ namespace, resource }) => namespace === openstackNamespace && relevant.has(resource))) return;
    this.#timer = this.#options.clock.schedule(settleMs, () => {
      this.#timer = undefined;
      void this.settle();
    });
  }

  /** Opens and closes listeners until they are as the cluster's objects want them; resolves when that is done. */
  settle(): Promise<void> {
    this.#turn = this.#turn
      .then(() => this.#settle())
      .catch((error: unknown) => {
        this.#options.log.warn(`public endpoints of a simulated OpenStack: ${messageOf(error)}`);
      });
    return this.#turn;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.settle();
  }

  async #settle(): Promise<void> {
    const wanted = this.#isClosed ? new Map<string, Wanted>() : await this.#wanted();
    for (const [key, { wanted: present, listener }] of this.#open) {
      if (equalJson(present, wanted.get(key))) continue;
      this.#open.delete(key);
      await listener.close();
    }
    for (const [key, one] of wanted) if (!this.#open.has(key)) await this.#listen(key, one);
  }

  async #listen(key: string, wanted: Wanted): Promise<void> {
    const { listen, log } = this.#options;
    const { host, port, certificate } = wanted;
    const secured = certificate === undefined ? {} : { certificate };
    try {
      const listener = await listen({ host, port, handler: (request) => this.#handle(request), ...secured });
      this.#open.set(key, { wanted, listener });
    } catch (error) {
      // Ports below 1024 are not everybody's: the APIs are reached through the API server all the same.
      log.info(`the public endpoint ${host}:${port} of a simulated OpenStack is not served: ${messageOf(error)}`);
    }
  }

  async #wanted(): Promise<ReadonlyMap<string, Wanted>> {
    const { api } = this.#options;
    const ingresses = await api.list(IngressKind, openstackNamespace);
    const certificate = await certificateOf(api, ingresses);
    const services = (await api.list(ServiceKind, openstackNamespace)).filter(({ metadata }) =>
      doors.has(metadata.name),
    );
    return new Map(
      services.flatMap((service) => portsOf(service, certificate)).map((one) => [`${one.host}:${one.port}`, one]),
    );
  }

  async #handle({ method, path, headers, body }: Parameters<Handler>[0]): Promise<HttpResponse> {
    const name = (headers['host'] ?? '').replace(/:\d+$/, '');
    const ingresses = await this.#options.api.list(IngressKind, openstackNamespace);
    const [service] = [...publicHosts(ingresses)].find(([, host]) => host === name) ?? [];
    if (service === undefined) return plain(404, 'default backend - 404 (simulated)');
    const given = Object.entries(headers).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value] as const],
    );
    const request = { namespace: openstackNamespace, service, port: undefined, method, path, body };
    return this.#options.answer({ ...request, headers: Object.fromEntries(given) });
  }
}

/** Services that stand before the public names, as openstack-svc calls them. */
const doors = new Set(['ingress', 'app-gateway']);

function portsOf({ spec, status }: Service, certificate: KeyAndCertificate | undefined): readonly Wanted[] {
  const host = status?.loadBalancer?.ingress?.[0]?.ip;
  if (host === undefined) return [];
  return (spec.ports ?? []).flatMap(({ name, port }): readonly Wanted[] => {
    if (name !== 'https') return [{ host, port, certificate: undefined }];
    return certificate === undefined ? [] : [{ host, port, certificate }];
  });
}

async function certificateOf(api: ChildApi, ingresses: readonly Ingress[]): Promise<KeyAndCertificate | undefined> {
  const name = ingresses
    .flatMap(({ spec }) => spec?.tls ?? [])
    .find(({ secretName }) => secretName !== undefined)?.secretName;
  if (name === undefined) return undefined;
  const secret = await api.get(SecretKind, { namespace: openstackNamespace, name });
  const text = (key: string): string => Buffer.from(secret?.data?.[key] ?? '', 'base64').toString('utf8');
  const [certPem, keyPem] = [text('tls.crt'), text('tls.key')];
  return certPem.includes('CERTIFICATE') && keyPem.includes('KEY') ? { certPem, keyPem } : undefined;
}

function plain(status: number, text: string): HttpResponse {
  return { status, headers: { 'content-type': 'text/plain' }, body: new TextEncoder().encode(`${text}\n`) };
}
