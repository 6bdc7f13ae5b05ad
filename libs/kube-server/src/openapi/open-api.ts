import { type Answer, Document } from '../http/answers/answer.js';
import { clausesOf, notAcceptable } from '../http/answers/negotiate.js';
import type { KindTable } from '../kinds/kind-table.js';
import { documentBytes } from './v2.js';
import { documentOf, indexOf } from './v3.js';

const protobufType = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

/** The OpenAPI documents, each made once for each state of the kinds and only when asked for. */
export class OpenApi {
  readonly #kinds: KindTable;
  readonly #version: string;
  #generation = -1;
  #documents = new Map<string, Document>();

  constructor(kinds: KindTable, version: string) {
    this.#kinds = kinds;
    this.#version = version;
  }

  /**
   * /openapi/v2, in the only form that anyone asks for.
   *
   * @throws ApiError 406 for other forms
   */
  v2(accept: string | undefined): Answer {
    if (!clausesOf(accept).some(({ type }) => type === protobufType || type === '*/*')) throw notAcceptable();
    const body = this.#document('v2', () => documentBytes(this.#kinds.all(), this.#version));
    return {
      code: 200,
      type: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
      body,
      headers: { vary: 'Accept' },
    };
  }

  /** /openapi/v3, the index, and below it one document for each group and version. */
  v3(path: string): Answer {
    const name = path.replace(/^\/openapi\/v3\/?/, '');
    if (name === '') return this.#json('index', () => indexOf(this.#paths()));
    const [, group = '', version = ''] = /^api(?:s\/([^/]+))?\/([^/]+)$/.exec(name) ?? [];
    if (!this.#kinds.hasVersion(group, version)) return { code: 404, type: '', body: '' };
    return this.#json(name, () => documentOf(this.#kinds.inVersion(group, version), this.#version));
  }

  #paths(): string[] {
    return this.#kinds
      .groups()
      .flatMap(({ group, versions }) =>
        versions.map((version) => (group === '' ? `api/${version}` : `apis/${group}/${version}`)),
      );
  }

  #json(key: string, value: () => unknown): Answer {
    return { code: 200, type: 'application/json', body: this.#document(key, () => JSON.stringify(value())) };
  }

  #document(key: string, content: () => string | Uint8Array): Document {
    if (this.#generation !== this.#kinds.generation) {
      this.#generation = this.#kinds.generation;
      this.#documents = new Map();
    }
    let document = this.#documents.get(key);
    if (document === undefined) {
      document = new Document(content());
      this.#documents.set(key, document);
    }
    return document;
  }
}
