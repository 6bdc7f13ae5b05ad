import type { ObjectMeta } from '@keelson/api';
import type { Cloud } from '../cloud/cloud.js';
import { mergeDeep } from '../cloud/merge.js';
import { isRecord, type JsonRecord, valueAt } from './json.js';

/** A part of a service that has its own raw values and its own release label; most services have one. */
export interface Chart {
  readonly cloud: Cloud;
  /** Name in `features.services`. */
  readonly service: string;
  /** `keystone`, `nova`, `libvirt`, … */
  readonly name: string;
  /** Raw values: of all charts, of its group, of its own. */
  readonly values: JsonRecord;
}

/** Whose common values concern a chart. */
export type ChartGroup = 'infra' | 'openstack';

/** The values of a chart merge from the common ones to its own; the last wins. */
export function chartOf(cloud: Cloud, service: string, name: string, group: ChartGroup = 'openstack'): Chart {
  const { common, services } = cloud.spec;
  const shared = [common.charts, common[group]].flatMap(({ releases, values }) => [releases.values, values]);
  const layers = [...shared, services[service]?.[name]?.values ?? {}];
  return { cloud, service, name, values: layers.reduce((all, layer) => mergeDeep(all, layer), {}) };
}

/** The chart as one of its DaemonSets sees it: `services.<service>.<chart>.<daemon set>.values`, which node overrides write. */
export function daemonChartOf(cloud: Cloud, service: string, name: string, daemonSet: string): Chart {
  const chart = chartOf(cloud, service, name);
  const own = valueAt(cloud.spec.services[service]?.[name], [daemonSet.replaceAll('-', '_'), 'values']);
  return { ...chart, values: mergeDeep(chart.values, isRecord(own) ? own : {}) };
}

/** `conf.<path>` of the chart's raw values. */
export function confOf(chart: Chart, path: readonly string[]): JsonRecord {
  const value = valueAt(chart.values, ['conf', ...path]);
  return isRecord(value) ? value : {};
}

/** `pod.replicas.<component>` of the raw values, which is also where the size puts its numbers. */
export function replicasOf(chart: Chart, component: string, otherwise = 1): number {
  const value = valueAt(chart.values, ['pod', 'replicas', component.replaceAll('-', '_')]);
  return typeof value === 'number' ? value : otherwise;
}

const defaultImagesBase = 'images.keelson.internal';

/** The image of a name: raw values `images.tags.<name>`, else the release's. */
export function imageOf(chart: Chart, name: string): string {
  const pinned = valueAt(chart.values, ['images', 'tags', name.replaceAll('-', '_')]);
  if (typeof pinned === 'string') return pinned;
  const { release, spec } = chart.cloud;
  const base = spec.artifacts.images_base_url ?? defaultImagesBase;
  const tag = release.imageTags[name.replaceAll('-', '_')] ?? release.defaultTag;
  return `${base.replace(/^https?:\/\//u, '').replace(/\/$/u, '')}/openstack/${name.replaceAll('_', '-')}:${tag}`;
}

/** The three labels by which every pod of the cloud is found. */
export function labelsOf(chart: Chart, component: string): Record<string, string> {
  return { application: chart.name, component, release_group: `openstack-${chart.name}` };
}

/** `nova-conductor`; a component that begins with its chart's name already has its own. */
export function componentName(chart: Chart, component: string): string {
  return component.startsWith(`${chart.name}-`) ? component : `${chart.name}-${component}`;
}

export function metadataOf(chart: Chart, name: string, component: string): ObjectMeta {
  return { name, namespace: chart.cloud.namespace, labels: labelsOf(chart, component) };
}

/** True when the service is one of the cloud's. */
export function hasService(cloud: Cloud, name: string): boolean {
  return cloud.spec.features.services.includes(name);
}

/** The name by which pods of the cluster reach a Service of the cloud. */
export function internalHost(cloud: Cloud, service: string): string {
  return `${service}.${cloud.namespace}.svc.${cloud.spec.internal_domain_name}`;
}

/** The name by which users reach a service of the cloud. */
export function publicHost(cloud: Cloud, service: string): string {
  return `${service}.${cloud.spec.public_domain_name}`;
}
