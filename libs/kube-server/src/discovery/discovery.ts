import { type Answer, Document, formattedAnswer, pageNotFound } from '../http/answers/answer.js';
import { clausesOf, formatOf, notAcceptable } from '../http/answers/negotiate.js';
import type { Route } from '../http/routes.js';
import type { KindTable } from '../kinds/kind-table.js';
import { methodNotAllowed, unknownResource } from '../status/status.js';
import { aggregated, type AggregatedVersion } from './aggregated.js';
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from './plain.js';
import { type Group, servedGroups } from './resources.js';

type DiscoveryRoute = Exclude<Route, { type: 'path' | 'resource' }>;

/** Tells clients what is served, in three forms made from one table. Documents are made once for each state of it. */
export class Discovery {
  readonly #kinds: KindTable;
  #generation = -1;
  #groups: readonly Group[] = [];
  #documents = new Map<string, Document>();

  constructor(kinds: KindTable) {
    this.#kinds = kinds;
  }

  /**
   * Answers a request for discovery.
   *
   * @throws ApiError 405, 406
   */
  answer(route: DiscoveryRoute, method: string, accept: string | undefined): Answer {
    this.#refresh();
    if (method !== 'GET' && !this.#isCustom(route)) throw methodNotAllowed();
    if (route.type !== 'groups') return this.#plain(route, accept);
    const version = aggregatedVersion(accept);
    return version === undefined ? this.#plain(route, accept) : this.#aggregated(route.legacy, version);
  }

  #refresh(): void {
    if (this.#generation === this.#kinds.generation) return;
    this.#generation = this.#kinds.generation;
    this.#groups = servedGroups(this.#kinds);
    this.#documents = new Map();
  }

  #aggregated(legacy: boolean, version: AggregatedVersion): Answer {
    const groups = this.#groups.filter(({ group }) => (group === '') === legacy);
    const body = this.#document(`${version} ${legacy}`, () => aggregated(version, groups));
    return {
      code: 200,
      type: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
      body,
      headers: { vary: 'Accept' },
    };
  }

  #plain(route: DiscoveryRoute, accept: string | undefined): Answer {
    const wanted = clausesOf(accept).find(
      ({ type, parameters }) => formatOf(type) !== undefined && parameters.as === undefined,
    );
    if (wanted === undefined) throw notAcceptable();
    const value = this.#plainValue(route);
    if (value === undefined) return this.#missing(route);
    if (formatOf(wanted.type) === 'yaml') return formattedAnswer(200, JSON.stringify(value()), 'yaml');
    return {
      code: 200,
      type: 'application/json',
      body: this.#document(JSON.stringify(route), value),
      headers: { vary: 'Accept' },
    };
  }

  /** A version that a group of Kubernetes does not have is a Status; all else that is missing has no page. */
  #missing(route: DiscoveryRoute): Answer {
    const isKnown = route.type === 'version' && this.#groups.some(({ group }) => group === route.group);
    if (isKnown && !this.#isCustom(route)) throw unknownResource();
    return pageNotFound();
  }

  /** Groups of custom kinds are answered whatever the method is. */
  #isCustom(route: DiscoveryRoute): boolean {
    return route.type !== 'groups' && this.#kinds.all().some((kind) => kind.group === route.group && kind.custom);
  }

  #plainValue(route: DiscoveryRoute): (() => unknown) | undefined {
    if (route.type === 'groups')
      return () => (route.legacy ? apiVersions(this.#versionsOf('')) : apiGroupList(this.#groups));
    const group = this.#groups.find((one) => one.group === route.group);
    if (group === undefined) return undefined;
    if (route.type === 'group') return group.group === '' ? undefined : () => apiGroup(group);
    const version = group.versions.find((one) => one.version === route.version);
    return version && (() => apiResourceList(group.group, version.version, version.resources));
  }

  #versionsOf(name: string): string[] {
    return this.#groups
      .filter(({ group }) => group === name)
      .flatMap(({ versions }) => versions.map(({ version }) => version));
  }

  #document(key: string, value: () => unknown): Document {
    let document = this.#documents.get(key);
    if (document === undefined) {
      document = new Document(JSON.stringify(value()));
      this.#documents.set(key, document);
    }
    return document;
  }
}

/** The newest aggregated form that is wanted before a plain one. */
function aggregatedVersion(accept: string | undefined): AggregatedVersion | undefined {
  for (const { type, parameters } of clausesOf(accept)) {
    if (formatOf(type) !== 'json') continue;
    if (parameters.as === undefined) return undefined;
    const { as, g, v } = parameters;
    if (as === 'APIGroupDiscoveryList' && g === 'apidiscovery.k8s.io' && (v === 'v2' || v === 'v2beta1')) return v;
  }
  return undefined;
}
