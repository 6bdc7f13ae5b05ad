import type { Stored } from '../storage/stored.js';

/** metav1.TableColumnDefinition. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

export type Cell = string | number | boolean | null;

/** How objects of a kind are shown to people. */
export interface Printer {
  readonly columns: readonly ColumnDefinition[];
  /** One cell a column; `now` in milliseconds since the epoch. */
  cells(object: Stored, now: number): readonly Cell[];
}

export interface Column {
  readonly definition: ColumnDefinition;
  cell(object: Stored, now: number): Cell;
}

export function printerOf(columns: readonly Column[]): Printer {
  return {
    columns: columns.map((column) => column.definition),
    cells: (object, now) => columns.map((column) => column.cell(object, now)),
  };
}

interface ColumnOptions {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  /** 0 is always shown, 1 with -o wide. */
  readonly priority?: number;
}

export function column(name: string, cell: Column['cell'], options: ColumnOptions = {}): Column {
  const { type = 'string', format = '', description = '', priority = 0 } = options;
  return { definition: { name, type, format, description, priority }, cell };
}

export function wide(name: string, cell: Column['cell'], options: ColumnOptions = {}): Column {
  return column(name, cell, { ...options, priority: 1 });
}

export const nameColumn: Column = {
  definition: {
    name: 'Name',
    type: 'string',
    format: 'name',
    priority: 0,
    description:
      'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically.',
  },
  cell: (object) => object.metadata.name,
};

export const ageColumn: Column = {
  definition: {
    name: 'Age',
    type: 'string',
    format: '',
    priority: 0,
    description:
      'CreationTimestamp is a timestamp representing the server time when this object was created. It is represented in RFC3339 form and is in UTC.',
  },
  cell: (object, now) => ageOf(object.metadata.creationTimestamp, now),
};

/** How long ago a point in time was, as kubectl's own printers say it. */
export function ageOf(time: unknown, now: number): string {
  if (typeof time !== 'string' || time === '') return '<unknown>';
  const at = Date.parse(time);
  return Number.isNaN(at) ? '<invalid>' : humanDuration(now - at);
}

/** k8s.io/apimachinery/pkg/util/duration.HumanDuration: two significant units at most. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 120) return `${Math.max(0, seconds)}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return pair(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.trunc(days / 365);
  return years < 8 ? pair(years, 'y', days % 365, 'd') : `${years}y`;
}

function pair(first: number, unit: string, second: number, below: string): string {
  return second === 0 ? `${first}${unit}` : `${first}${unit}${second}${below}`;
}
