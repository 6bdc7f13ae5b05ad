import { sha256Json, terminal } from '@keelson/std';
import type { DeclaredBackend } from '../cloud/spec/images-and-volumes.js';
import { mergeDeep } from '../cloud/merge.js';
import type { Chart } from '../render/chart.js';
import { type IniSection, iniOfValues } from '../render/ini.js';
import { isRecord, type JsonRecord, valueAt } from '../render/json.js';
import type { PodPart } from '../render/pod.js';
import type { StatefulPart } from '../render/workloads.js';

/** How a project says what its back ends are. */
export interface BackendWords {
  /** Where the spec declares them, such as `spec.features.cinder.volume.backends`. */
  readonly field: string;
  readonly project: 'cinder' | 'manila';
  /** The process that drives them: `volume` of `cinder-volume`. */
  readonly process: string;
  /** The option of a section that makes it a back end. */
  readonly driver: string;
  /** The option of a section by which types find it. */
  readonly label: string;
  /** The option of DEFAULT that lists sections. */
  readonly enabled: string;
  /** Whether users are to choose it by a type. */
  readonly type: 'create_volume_type' | 'create_share_type';
  /** Names below the process that other workloads of the project have. */
  readonly taken: readonly string[];
}

/** A section of a project's file that names a driver. */
export interface DriverSection {
  readonly section: string;
  readonly options: IniSection;
}

/** A back end of the spec: it has a StatefulSet of its own, rendered with its own values. */
export interface StandaloneBackend {
  /** As the spec has it. */
  readonly name: string;
  /** The project's, with the back end's values over them. */
  readonly chart: Chart;
  readonly sections: readonly DriverSection[];
  readonly hasType: boolean;
  /** What names, places and sizes its pods. */
  readonly pods: Pick<PodPart, 'component' | 'roles' | 'nodes' | 'resourcesKey'> &
    Pick<StatefulPart, 'name' | 'serviceName' | 'replicasKey'>;
}

/**
 * Back ends of the spec that are not on disks of nodes.
 *
 * @throws Failure terminal for one without a driver
 */
export function standaloneBackends(
  chart: Chart,
  words: BackendWords,
  declared: Readonly<Record<string, DeclaredBackend>>,
): readonly StandaloneBackend[] {
  return Object.entries(declared)
    .filter(([, { enabled, lvm }]) => enabled && lvm === undefined)
    .map(([name, backend]) => ({
      name,
      chart: { ...chart, values: mergeDeep(chart.values, withImage(words, backend.values)) },
      sections: sectionsOf(words, name, backend.values),
      hasType: backend[words.type],
      pods: podsOf(words, name, backend.values),
    }));
}

/** The sections that its DEFAULT lists, else those that name a driver. */
function sectionsOf({ field, project, driver, label, enabled }: BackendWords, name: string, values: JsonRecord) {
  const conf = valueAt(values, ['conf', project]);
  const sections = isRecord(conf) ? iniOfValues(conf) : {};
  const listed = listOf(sections['DEFAULT']?.[enabled]);
  const isDriver = (section: string): boolean => sections[section]?.[driver] !== undefined;
  const path = `${field}.${name}.values.conf.${project}`;
  const lacking = listed.find((section) => !isDriver(section));
  if (lacking !== undefined) throw invalid(`${path}.${lacking}: has no ${driver}, and DEFAULT.${enabled} lists it`);
  const found = listed.length > 0 ? listed : Object.keys(sections).filter(isDriver);
  if (found.length === 0) throw invalid(`${path}: no section has a ${driver}`);
  return found.map((section): DriverSection => ({ section, options: { [label]: section, ...sections[section] } }));
}

function listOf(value: IniSection[string]): readonly string[] {
  if (value === undefined || (typeof value === 'object' && 'repeated' in value)) return [];
  const items = typeof value === 'object' ? value.map(String) : String(value).split(',');
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

function invalid(what: string): Error {
  return terminal(`Rendering OpenStack: ${what}`, { reason: 'InvalidSpec' });
}

/** `images.tags.<project>_<process>` is the image of its pods, such as one with a vendor's SDK. */
function withImage({ project, process }: BackendWords, values: JsonRecord): JsonRecord {
  const pinned = valueAt(values, ['images', 'tags', `${project}_${process}`]);
  return typeof pinned === 'string' ? mergeDeep(values, { images: { tags: { [project]: pinned } } }) : values;
}

function podsOf(words: BackendWords, name: string, values: JsonRecord): StandaloneBackend['pods'] {
  const { project, process } = words;
  const component = `${process}-${nameFor(words, name)}`;
  const workload = `${project}-${component}`;
  const common = { name: workload, serviceName: workload, component, replicasKey: process, resourcesKey: process };
  const key = valueAt(values, ['labels', process, 'node_selector_key']);
  if (typeof key !== 'string') return { ...common, roles: ['controller'] };
  const value = valueAt(values, ['labels', process, 'node_selector_value']);
  return { ...common, roles: [], nodes: [{ key, operator: 'In', values: [textOf(value ?? 'enabled')] }] };
}

/** What Kubernetes takes for a name and label beside the usual prefixes; with a hash where the spec's own does not fit. */
function nameFor({ taken }: BackendWords, name: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/u.test(name) && !taken.includes(name)) return name;
  const readable = name.toLowerCase().replaceAll(/[^a-z0-9]+/gu, '-');
  return `${readable.slice(0, 24)}-${sha256Json(name).slice(0, 6)}`.replace(/^-/u, '');
}

/** The sections as they are written, by their names. */
export function iniOfSections(sections: readonly DriverSection[]): Readonly<Record<string, IniSection>> {
  return Object.fromEntries(sections.map(({ section, options }) => [section, options]));
}

/** A text, a number or a truth value as text; nothing of anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
