import { isRecord, type JsonRecord } from './json.js';

export type IniScalar = string | number | boolean;

/** An option that is written once for each value, oslo's MultiStrOpt. A plain list is one line with commas. */
export interface Repeated {
  readonly repeated: readonly IniScalar[];
}

/** `undefined` leaves the option out. */
export type IniValue = IniScalar | readonly IniScalar[] | Repeated | undefined;
export type IniSection = Readonly<Record<string, IniValue>>;
/** Sections by name. */
export type Ini = Readonly<Record<string, IniSection>>;

export function repeated(...values: readonly IniScalar[]): Repeated {
  return { repeated: values };
}

/** Sections laid over each other; later options win. */
export function mergeIni(...parts: readonly Ini[]): Ini {
  const merged: Record<string, IniSection> = {};
  for (const part of parts) {
    for (const [section, options] of Object.entries(part)) merged[section] = { ...merged[section], ...options };
  }
  return merged;
}

/**
 * Raw values as a part: `section.option`, an option being text, number, boolean, a list, null to take the option away, or
 * OpenStack-Helm's `{type: multistring, values: […]}`. What is neither is left out.
 */
export function iniOfValues(values: JsonRecord): Ini {
  const ini: Record<string, IniSection> = {};
  for (const [section, options] of Object.entries(values)) {
    if (!isRecord(options)) continue;
    ini[section] = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, iniValueOf(value)]));
  }
  return ini;
}

function iniValueOf(value: unknown): IniValue {
  if (isScalar(value)) return value;
  if (Array.isArray(value)) return value.filter(isScalar);
  if (isRecord(value) && Array.isArray(value['values'])) return { repeated: value['values'].filter(isScalar) };
  return undefined;
}

function isScalar(value: unknown): value is IniScalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** The file's text; sections in the order given, with `DEFAULT` first. Sections without an option are left out. */
export function iniText(ini: Ini): string {
  const names = Object.keys(ini);
  const ordered = ['DEFAULT', ...names.filter((name) => name !== 'DEFAULT')];
  return ordered.flatMap((name) => sectionText(name, ini[name] ?? {})).join('\n');
}

function sectionText(name: string, options: IniSection): string[] {
  const lines = Object.entries(options).flatMap(([option, value]) => optionLines(option, value));
  return lines.length === 0 ? [] : [[`[${name}]`, ...lines, ''].join('\n')];
}

function optionLines(option: string, value: IniValue): string[] {
  if (value === undefined) return [];
  if (typeof value !== 'object') return [`${option} = ${oneLine(value)}`];
  if ('repeated' in value) return value.repeated.map((each) => `${option} = ${oneLine(each)}`);
  return [`${option} = ${value.map(oneLine).join(',')}`];
}

/** Lines of a value after the first are indented, which is how oslo.config continues one. */
function oneLine(value: IniScalar): string {
  return String(value).replaceAll('\n', '\n  ');
}

/** Sections and options that are there, for those who read the file as data. */
export function definedOptions(ini: Ini): Ini {
  return Object.fromEntries(
    Object.entries(ini).map(([section, options]) => [
      section,
      Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    ]),
  );
}
