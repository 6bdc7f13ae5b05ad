import type { KubeObject } from '@keelson/api';
import type { ConfigFile, RenderedService, Stage } from '../cloud/service.js';
import type { Chart } from '../render/chart.js';
import { configMapsOf, type Script, secretsOf, withCompanions } from '../render/files.js';
import type { PreparedJob } from './jobs.js';

/** Objects of one stage, in the order in which they are written. */
export type StagePart = readonly [name: string, until: Stage['until'], objects: readonly KubeObject[]];

export interface ServiceParts {
  readonly files: readonly ConfigFile[];
  readonly scripts?: readonly Script[];
  /** Objects beside Secrets and ConfigMaps that must be there before anything runs: Services, policies, accounts. */
  readonly front?: readonly KubeObject[];
  /** Jobs that bring their own files. */
  readonly jobs?: readonly PreparedJob[];
  /** What follows the configuration; stages without objects are left out. */
  readonly stages: readonly StagePart[];
  readonly onDemand?: readonly KubeObject[];
  readonly rotation?: RotationParts;
}

/** Jobs of a rotation; none while no credential is rotated. They bring all that they need. */
export interface RotationParts {
  readonly opening?: PreparedJob | undefined;
  readonly closing?: PreparedJob | undefined;
}

const jobsTimeoutSeconds = 1800;
const defaultReadyTimeoutSeconds = 1200;

/** A service whose first stage is its configuration. */
export function assemble(chart: Chart, parts: ServiceParts): RenderedService {
  const { files, scripts = [], front = [], jobs = [], stages, onDemand = [], rotation = {} } = parts;
  const allFiles = withCompanions([...files, ...jobs.flatMap((each) => each.files)]);
  const allScripts = [...scripts, ...jobs.flatMap((each) => each.scripts)];
  const configuration: StagePart = [
    'configuration',
    'applied',
    [...secretsOf(chart, allFiles), ...configMapsOf(chart, allScripts), ...front],
  ];
  return {
    service: chart.service,
    files: distinct(allFiles),
    stages: stagesOf(chart, [configuration, ...stages]),
    onDemand,
    opening: rotationStages(chart, rotation.opening, 'new accounts'),
    closing: rotationStages(chart, rotation.closing, 'old accounts'),
  };
}

function rotationStages(chart: Chart, prepared: PreparedJob | undefined, name: string): Stage[] {
  if (prepared === undefined) return [];
  const { job, files, scripts } = prepared;
  const needed = [...secretsOf(chart, withCompanions(files)), ...configMapsOf(chart, scripts)];
  return stagesOf(chart, [
    [`${name}: configuration`, 'applied', needed],
    [name, 'complete', [job]],
  ]);
}

/** Two services' worth of parts that are applied as one, such as Nova with libvirt. */
export function joined(first: RenderedService, ...others: readonly RenderedService[]): RenderedService {
  const all = [first, ...others];
  return {
    service: first.service,
    files: all.flatMap(({ files }) => files),
    stages: all.flatMap(({ stages }) => stages),
    onDemand: all.flatMap(({ onDemand }) => onDemand),
    opening: all.flatMap(({ opening = [] }) => opening),
    closing: all.flatMap(({ closing = [] }) => closing),
  };
}

function stagesOf(chart: Chart, parts: readonly StagePart[]): Stage[] {
  const { spec, readySeconds = defaultReadyTimeoutSeconds } = chart.cloud;
  const readiness = spec.timeouts.application_readiness[chart.name]?.timeout ?? readySeconds;
  return parts
    .filter(([, , objects]) => objects.length > 0)
    .map(([name, until, objects]) => ({
      name,
      until,
      objects,
      timeoutSeconds: until === 'ready' ? readiness : until === 'complete' ? jobsTimeoutSeconds : 60,
    }));
}

function distinct(files: readonly ConfigFile[]): ConfigFile[] {
  return [...new Map(files.map((file) => [`${file.secret}/${file.key}`, file])).values()];
}
