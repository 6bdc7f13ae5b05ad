import type { KindDescriptor } from '../kinds/descriptor.js';
import { partialTextOf, textOf } from '../storage/json-text.js';
import type { ObjectList } from '../registry/read.js';
import type { WatchEvent } from '../registry/watch.js';
import { badRequest } from '../status/status.js';
import type { Stored } from '../storage/stored.js';
import type { Printer } from './columns.js';
import { printerFor } from './printers.js';

/** How much of the object a row carries. */
export type Included = 'None' | 'Metadata' | 'Object';

/** The query parameter includeObject. */
export function includedOf(value: string | undefined): Included {
  if (value === undefined || value === '') return 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

export interface TableOptions {
  readonly kind: KindDescriptor;
  readonly version: 'v1' | 'v1beta1';
  readonly includeObject: Included;
  now(): number;
}

/** Writes objects as meta.k8s.io Tables. In a watch only the first event carries the columns. */
export class TableWriter {
  readonly #options: TableOptions;
  readonly #printer: Printer;
  #hasSentColumns = false;

  constructor(options: TableOptions) {
    this.#options = options;
    this.#printer = printerFor(options.kind);
  }

  one(object: Stored): string {
    return this.#table({ resourceVersion: object.metadata.resourceVersion }, [object], true);
  }

  list(list: ObjectList): Iterable<string> {
    const { continue: next, ...metadata } = list.metadata;
    return this.#pieces(next ? { ...metadata, continue: next } : metadata, list.items, true);
  }

  event(event: Exclude<WatchEvent, { type: 'ERROR' }>): string {
    const isFirst = !this.#hasSentColumns;
    this.#hasSentColumns = true;
    const { resourceVersion } = event.object.metadata;
    if (event.type === 'BOOKMARK') return this.#table(event.object.metadata, [], isFirst);
    return this.#table({ resourceVersion }, [event.object], isFirst);
  }

  #table(metadata: unknown, objects: readonly Stored[], withColumns: boolean): string {
    return [...this.#pieces(metadata, objects, withColumns)].join('');
  }

  *#pieces(metadata: unknown, objects: readonly Stored[], withColumns: boolean): Generator<string> {
    const { version } = this.#options;
    const columns = withColumns ? this.#printer.columns : null;
    const head = JSON.stringify({
      kind: 'Table',
      apiVersion: `meta.k8s.io/${version}`,
      metadata,
      columnDefinitions: columns,
    });
    const now = this.#options.now();
    yield `${head.slice(0, -1)},"rows":[`;
    for (const [i, object] of objects.entries()) yield `${i === 0 ? '' : ','}${this.#row(object, now)}`;
    yield ']}';
  }

  #row(object: Stored, now: number): string {
    return `{"cells":${JSON.stringify(this.#printer.cells(object, now))},"object":${this.#included(object)}}`;
  }

  #included(object: Stored): string {
    const { includeObject, version } = this.#options;
    if (includeObject === 'None') return 'null';
    return includeObject === 'Object' ? textOf(object) : partialTextOf(object, version);
  }
}

export function tableWriter(options: TableOptions): TableWriter {
  return new TableWriter(options);
}
