import { compileJsonPath } from '../jsonpath/json-path.js';
import type { KindDescriptor, PrinterColumn } from '../kinds/descriptor.js';
import { ageColumn, ageOf, type Cell, type Column, nameColumn, type Printer, printerOf } from './columns.js';

/** The printer of a custom kind: its name, then the columns of its definition, or its age when there are none. */
export function customPrinter(kind: KindDescriptor): Printer {
  const columns = kind.columns ?? [];
  return printerOf([nameColumn, ...(columns.length === 0 ? [customAge] : columns.map(customColumn))]);
}

const customAge: Column = { ...ageColumn, definition: { ...ageColumn.definition, type: 'date' } };

function customColumn(column: PrinterColumn): Column {
  const read = compileJsonPath(column.jsonPath);
  const description =
    column.description === undefined || column.description === ''
      ? `Custom resource definition column (in JSONPath format): ${column.jsonPath}`
      : column.description;
  return {
    definition: {
      name: column.name,
      type: column.type,
      format: column.format ?? '',
      description,
      priority: column.priority ?? 0,
    },
    cell: (object, now) => cellOf(read(object), column.type, now),
  };
}

/** Several values are joined by commas; a value of another type than the column's is left out. */
function cellOf(found: readonly unknown[], type: string, now: number): Cell {
  const values = found.filter((value) => value !== undefined && value !== null);
  const [first] = values;
  if (first === undefined) return null;
  switch (type) {
    case 'integer':
      return typeof first === 'number' ? Math.trunc(first) : null;
    case 'number':
      return typeof first === 'number' ? first : null;
    case 'boolean':
      return typeof first === 'boolean' ? first : null;
    case 'date':
      return ageOf(first, now);
    default:
      return values.map(plainText).join(',');
  }
}

function plainText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
