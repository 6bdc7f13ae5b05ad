import { canonicalJson, sha256Json, terminal } from '@keelson/std';
import type { Cloud, CloudNode } from '../cloud/cloud.js';
import { mergeDeep } from '../cloud/merge.js';
import type { ConfigFile } from '../cloud/service.js';
import { parseSpec } from '../cloud/spec.js';
import { followsNodeAnnotation } from '../names.js';
import { type Chart, labelsOf, metadataOf } from './chart.js';
import { withoutImages } from './images.js';
import type { JsonRecord } from './json.js';
import type { NodeRequirement, PodTemplate, Workload } from './kubernetes.js';
import { type PodPart, podTemplate } from './pod.js';

/** Nodes that share the same overrides of `spec.nodes`, and the cloud as it is for them. */
interface NodeSet {
  /** `default` for nodes without overrides. */
  readonly suffix: string;
  readonly cloud: Cloud;
  readonly keys: readonly string[];
}

interface Override {
  readonly key: string;
  readonly label: string;
  readonly value: string;
}

export interface DaemonPart extends PodPart {
  /** Name without the suffix of the node set. */
  readonly name: string;
  readonly maxUnavailable?: number | string;
  /** Instances talk through it: new images alone come with the maintenance of its node. */
  readonly followsNode?: boolean;
}

export interface RenderedPart {
  readonly chart: Chart;
  readonly part: DaemonPart;
}

export interface DaemonSets {
  readonly daemonSets: readonly Workload[];
  /** Files of all of them; those of a node set are kept in Secrets of its own. */
  readonly files: readonly ConfigFile[];
}

/**
 * One DaemonSet for each set of nodes for which the part comes out differently. Overrides that change nothing of it do not
 * split it, so that a node's setting for Nova leaves the DaemonSets of Neutron alone. Nodes for which `render` gives nothing
 * have no pod.
 *
 * @throws Failure terminal for a key of `spec.nodes` that is not `label::value`
 */
export function daemonSets(cloud: Cloud, render: (cloud: Cloud) => RenderedPart | undefined): DaemonSets {
  const usual = contentOf(render(cloud));
  const split = nodeSets(cloud).filter((set) => contentOf(render(set.cloud)) !== usual);
  const splitKeys = [...new Set(split.flatMap((set) => set.keys))].map(overrideOf);
  const sets = [{ suffix: 'default', cloud, keys: [] }, ...split].flatMap((set) => {
    const rendered = render(set.cloud);
    if (rendered === undefined) return [];
    return [daemonSet(rendered.chart, withOwnFiles(rendered.part, set.suffix), set, splitKeys)];
  });
  return { daemonSets: sets.map((set) => set.object), files: sets.flatMap((set) => set.files) };
}

function contentOf(rendered: RenderedPart | undefined): string {
  return rendered === undefined ? '' : canonicalJson(podTemplate(rendered.chart, rendered.part));
}

function daemonSet(
  chart: Chart,
  part: DaemonPart,
  set: NodeSet,
  splitKeys: readonly Override[],
): { object: Workload; files: readonly ConfigFile[] } {
  const extra = { override_set: set.suffix };
  const nodes = [...(part.nodes ?? []), ...requirementsOf(set, splitKeys)];
  const template = podTemplate(chart, { ...part, nodes }, extra);
  const object: Workload = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      ...metadataOf(chart, `${part.name}-${set.suffix}`, part.component),
      ...(part.followsNode === true ? { annotations: { [followsNodeAnnotation]: digestWithoutImages(template) } } : {}),
    },
    spec: {
      selector: { matchLabels: { ...labelsOf(chart, part.component), ...extra } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: part.maxUnavailable ?? 1 } },
      template,
    },
  };
  return { object, files: part.files ?? [] };
}

function digestWithoutImages(template: PodTemplate): string {
  return sha256Json(withoutImages(template)).slice(0, 16);
}

function withOwnFiles(part: DaemonPart, suffix: string): DaemonPart {
  if (suffix === 'default') return part;
  return { ...part, files: (part.files ?? []).map((file) => ({ ...file, secret: `${file.secret}-${suffix}` })) };
}

/** In for the overrides of the set, NotIn for the others; a label that must have one value cannot have another as well. */
function requirementsOf(set: NodeSet, splitKeys: readonly Override[]): NodeRequirement[] {
  const mine = splitKeys.filter(({ key }) => set.keys.includes(key));
  const pinned = new Set(mine.map(({ label }) => label));
  const others = splitKeys.filter(({ key, label }) => !set.keys.includes(key) && !pinned.has(label));
  return [
    ...mine.map(({ label, value }): NodeRequirement => ({ key: label, operator: 'In', values: [value] })),
    ...[...new Set(others.map(({ label }) => label))].map((label): NodeRequirement => ({
      key: label,
      operator: 'NotIn',
      values: others.filter((other) => other.label === label).map(({ value }) => value),
    })),
  ];
}

/** Every override alone, and every other combination that a node of the cluster really has. */
function nodeSets(cloud: Cloud): NodeSet[] {
  const overrides = Object.keys(cloud.spec.nodes).map(overrideOf);
  const combinations = new Map<string, readonly string[]>();
  for (const { key } of overrides) combinations.set(key, [key]);
  for (const node of cloud.nodes) {
    const keys = overrides.filter((override) => isOn(override, node)).map(({ key }) => key);
    if (keys.length > 1) combinations.set(keys.join(' '), keys);
  }
  return [...combinations.values()].map((keys) => ({ keys, suffix: suffixOf(keys), cloud: overridden(cloud, keys) }));
}

function isOn({ label, value }: Override, node: CloudNode): boolean {
  return node.labels[label] === value;
}

function overridden(cloud: Cloud, keys: readonly string[]): Cloud {
  const layers = keys.map((key) => cloud.spec.nodes[key] ?? {});
  return { ...cloud, spec: parseSpec(layers.reduce<JsonRecord>((spec, layer) => mergeDeep(spec, layer), cloud.spec)) };
}

function overrideOf(key: string): Override {
  const at = key.indexOf('::');
  if (at < 1 || at + 2 >= key.length) {
    throw terminal(`Rendering OpenStack: spec.nodes.${key}: write label::value`, { reason: 'InvalidSpec' });
  }
  return { key, label: key.slice(0, at), value: key.slice(at + 2) };
}

/** The label's value where it makes a name, a hash otherwise. */
function suffixOf(keys: readonly string[]): string {
  const [only] = keys;
  const value = keys.length === 1 && only !== undefined ? overrideOf(only).value.toLowerCase() : '';
  return /^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/u.test(value) && value !== 'default'
    ? value
    : sha256Json(keys).slice(0, 10);
}
