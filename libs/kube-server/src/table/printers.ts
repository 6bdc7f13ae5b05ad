import type { KindDescriptor } from '../kinds/descriptor.js';
import { resourceId } from '../kinds/descriptor.js';
import { ageColumn, type Column, nameColumn, type Printer, printerOf } from './columns.js';
import { customPrinter } from './custom.js';
import { eventTables, managementColumns } from './management.js';
import { networkColumns } from './network.js';
import { storageColumns } from './storage.js';
import { nodeColumns, podColumns } from './pods.js';
import { workloadColumns } from './workloads.js';

/** Columns between the name and the end, by resource. A kind without an entry shows its name and age. */
const builtInColumns: Readonly<Record<string, readonly Column[]>> = {
  ...managementColumns,
  nodes: nodeColumns,
  pods: podColumns,
  ...workloadColumns,
  ...networkColumns,
  ...storageColumns,
};

const printers = new WeakMap<KindDescriptor, Printer>();

/** The printer of a kind, made once. */
export function printerFor(kind: KindDescriptor): Printer {
  let printer = printers.get(kind);
  if (printer === undefined) {
    printer = kind.custom ? customPrinter(kind) : builtInPrinter(resourceId(kind));
    printers.set(kind, printer);
  }
  return printer;
}

function builtInPrinter(resource: string): Printer {
  return printerOf(eventTables[resource] ?? [nameColumn, ...(builtInColumns[resource] ?? [ageColumn])]);
}
