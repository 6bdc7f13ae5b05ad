import { type ConfigMap, ConfigMapKind } from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { cloudNamespaces } from '../names.js';

/** Where operators set how this controller works: the key holds an INI file. */
export const optionsMap = { namespace: 'osh-system', name: 'rockoon-config' };
/** ConfigMaps of the cloud, and that one. */
export const withOptions = { namespaces: [...cloudNamespaces, optionsMap.namespace] };
/** Of that file in its data. */
export const optionsKey = 'extra_conf.ini';

/** The INI file; empty where there is none. */
export function optionsIn(reader: Reader): string {
  return reader.get<ConfigMap>(ConfigMapKind, optionsMap)?.data?.[optionsKey] ?? '';
}

/** Seconds until workloads that do not get ready count as failed, where the spec says nothing of theirs. */
export function readySecondsIn(ini: string): number {
  return countIn(sectionIn(ini, 'osctl'), 'wait_application_ready_timeout', 1200);
}

/** A whole number above 0. A value that is none is passed over. */
export function countIn(section: ReadonlyMap<string, string>, name: string, otherwise: number): number {
  const value = Number(section.get(name));
  return Number.isInteger(value) && value > 0 ? value : otherwise;
}

/** Options of a section of an INI file whose values are one line each. */
export function sectionIn(ini: string, wanted: string): ReadonlyMap<string, string> {
  return new Map(linesOf(ini).flatMap(({ section, name, value }) => (section === wanted ? [[name, value]] : [])));
}

/** Options that have an effect here. */
const known: Readonly<Record<string, readonly string[]>> = {
  osctl: ['wait_application_ready_timeout', 'node_not_ready_flapping_timeout'],
  maintenance: [
    'instance_migrate_concurrency',
    'nwl_parallel_max_compute',
    'nwl_parallel_max_gateway',
    'respect_nova_az',
    'ndr_skip_instance_check',
    'ndr_skip_volume_check',
  ],
};

/** Sentences about options that are set and change nothing. */
export function idleOptions(ini: string): readonly string[] {
  return linesOf(ini)
    .filter(({ section, name }) => known[section]?.includes(name) !== true)
    .map(
      ({ section, name }) =>
        `The option ${name} of the section ${section} in ${optionsMap.namespace}/${optionsMap.name} has no effect: ${reasonOf(section, name)}.`,
    );
}

function reasonOf(section: string, name: string): string {
  if (section === 'helmbundle') return 'services are applied without Helm';
  if (section === 'osctl' && name === 'wait_application_ready_delay') return 'workloads are watched';
  return 'there is none of this name';
}

interface Line {
  readonly section: string;
  readonly name: string;
  readonly value: string;
}

function linesOf(ini: string): readonly Line[] {
  const lines: Line[] = [];
  let section = '';
  for (const line of ini.split('\n').map((each) => each.trim())) {
    const header = /^\[(.+)\]$/.exec(line)?.[1];
    if (header !== undefined) section = header.trim();
    const [, name, value] = /^([^=:]*)[=:](.*)$/.exec(line) ?? [];
    if (header === undefined && name !== undefined && value !== undefined && !/^[#;]/.test(line))
      lines.push({ section, name: name.trim(), value: value.trim() });
  }
  return lines;
}
