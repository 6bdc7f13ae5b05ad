import type { Netplan } from '@keelson/api';
import { type Failure, messageOf, terminal } from '@keelson/std';
import { load } from 'js-yaml';

/** One macro of a template, as in `{{ip "0:lcm"}}`. */
export interface Macro {
  readonly text: string;
  readonly name: MacroName;
  readonly argument: string;
}

/** Source: comment of netconfig_v2.go in the public IPAM types, see the reference page of L2Template. */
export const macroNames = [
  'nic',
  'mac',
  'ip',
  'gateway_from_subnet',
  'nameservers_from_subnet',
  'cidr_from_subnet',
] as const;
export type MacroName = (typeof macroNames)[number];

/** What macros stand for on one host. Each throws Failure when there is no such thing. */
export interface MacroValues {
  nic(index: number): string;
  mac(index: number): string;
  /** The address with prefix length of a use such as `0:lcm`. */
  ip(use: AddressUse): string;
  gateway(subnet: string): string;
  nameservers(subnet: string): readonly string[];
  cidr(subnet: string): string;
}

/** One use of a Subnet by one interface: each gets one address. */
export interface AddressUse {
  /** As it stands in the template; names the use. */
  readonly key: string;
  /** Number of a NIC, or the name of a bond, bridge or VLAN. */
  readonly interface: string;
  readonly subnet: string;
}

const pattern = /\{\{\s*([a-z_0-9]+)\s*(?:"([^"]*)"|([^\s}]*))?\s*\}\}/g;

/**
 * All macros of a template in their order.
 *
 * @throws Failure terminal, reason `TemplateInvalid`, naming the first that is wrong
 */
export function macrosOf(template: string): readonly Macro[] {
  const macros: Macro[] = [];
  for (const match of template.matchAll(pattern))
    macros.push(macroOf(match[0], match[1] ?? '', match[2] ?? match[3] ?? ''));
  const rest = template.replace(pattern, '');
  if (/\{\{|\}\}/.test(rest))
    throw invalid('a macro is not closed or not well formed; macros look like {{nic 0}} or {{ip "0:lcm"}}');
  return macros;
}

/** The uses of Subnets that need an address, each once. */
export function usesOf(macros: readonly Macro[]): readonly AddressUse[] {
  const uses = macros.filter((macro) => macro.name === 'ip').map((macro) => useOf(macro.argument));
  return uses.filter((use, index) => uses.findIndex((other) => other.key === use.key) === index);
}

/** Names of all Subnets a template speaks of, each once. */
export function subnetsOf(macros: readonly Macro[]): readonly string[] {
  const names = macros.flatMap(({ name, argument }) =>
    name === 'ip' ? [useOf(argument).subnet] : name.endsWith('_from_subnet') ? [argument] : [],
  );
  return [...new Set(names)];
}

/** How many NICs a template needs. */
export function nicsNeeded(macros: readonly Macro[]): number {
  const numbers = macros.flatMap(({ name, argument }) => {
    if (name === 'nic' || name === 'mac') return [Number(argument)];
    return name === 'ip' && isNumber(useOf(argument).interface) ? [Number(useOf(argument).interface)] : [];
  });
  return Math.max(-1, ...numbers) + 1;
}

/**
 * The template with its macros filled in, read as netplan.
 *
 * @throws Failure terminal, reason `TemplateInvalid`, and what `values` throws
 */
export function renderNetplan(template: string, values: MacroValues): Netplan {
  macrosOf(template);
  const text = template.replaceAll(pattern, (whole: string, name: string, quoted?: string, bare?: string) =>
    valueOf(macroOf(whole, name, quoted ?? bare ?? ''), values),
  );
  return parseNetplan(text);
}

export function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

function parseNetplan(text: string): Netplan {
  let value: unknown;
  try {
    value = load(text);
  } catch (cause) {
    throw invalid(`the rendered text is no YAML: ${messageOf(cause).split('\n')[0] ?? ''}`, cause);
  }
  const inner = isMap(value) && isMap(value['network']) ? value['network'] : value;
  if (!isMap(inner))
    throw invalid('the rendered text is no netplan: it must be a map with version, ethernets and so on');
  if (inner['version'] !== undefined && inner['version'] !== 2)
    throw invalid('version must be 2, the only one netplan has');
  return { version: 2, ...inner };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function macroOf(text: string, name: string, argument: string): Macro {
  const known = macroNames.find((candidate) => candidate === name);
  if (known === undefined) throw invalid(`the macro ${text} is unknown; known are ${macroNames.join(', ')}`);
  const macro: Macro = { text, name: known, argument };
  if ((known === 'nic' || known === 'mac') && !isNumber(argument))
    throw invalid(`${text} needs the number of an interface, as in {{${known} 0}}`);
  if (known === 'ip') useOf(argument, text);
  if (known.endsWith('_from_subnet') && argument === '')
    throw invalid(`${text} needs the name of a Subnet, as in {{${known} "lcm"}}`);
  return macro;
}

function useOf(argument: string, text = `{{ip "${argument}"}}`): AddressUse {
  const parts = argument.split(':');
  const [name = '', subnet = ''] = parts;
  if (parts.length !== 2 || name === '' || subnet === '')
    throw invalid(`${text} needs an interface and a Subnet, as in {{ip "0:lcm"}}`);
  return { key: argument, interface: name, subnet };
}

function valueOf({ name, argument }: Macro, values: MacroValues): string {
  switch (name) {
    case 'nic':
      return values.nic(Number(argument));
    case 'mac':
      return `"${values.mac(Number(argument))}"`;
    case 'ip':
      return values.ip(useOf(argument));
    case 'gateway_from_subnet':
      return values.gateway(argument);
    case 'nameservers_from_subnet':
      return `[${values.nameservers(argument).join(', ')}]`;
    case 'cidr_from_subnet':
      return values.cidr(argument);
  }
}

function invalid(detail: string, cause?: unknown): Failure {
  return terminal(`the network template cannot be used: ${detail}`, { reason: 'TemplateInvalid', cause });
}
