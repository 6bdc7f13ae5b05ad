import type { ConfigMap, Reference } from '@keelson/api';
import { type MigrationHold, migrationHoldAnnotations, migrationHoldIn, migrationStateName } from '@keelson/mosk';
import { rfc3339 } from '@keelson/std';
import { type StageName, stages, type StageState } from './stages.js';

/** What openstack-svc writes when everything of a stage is rendered, applied and ready. */
export const renderedName = 'ovs-ovn-migration-rendered';
/** On both, so that this service need not read all ConfigMaps of a cluster. */
export const migrationApplication = 'ovs-ovn-migration';
const progressAnnotation = 'keelson.dev/progress';

/** Since when a stage is at work, until when, for what it waits and how it is given up. */
export interface StageProgress {
  readonly stage: StageName;
  readonly since: string;
  readonly deadline: string;
  readonly waitingOn?: Reference;
  readonly message: string;
  readonly abort: string;
}

export interface MigrationState {
  readonly stages: Readonly<Partial<Record<StageName, StageState>>>;
  /** What the checks before the migration found, a line each. */
  readonly preflight: string;
  /** `physnet1:br-ex,…` as it was under Open vSwitch, a line with host and mappings for each node that reported. */
  readonly bridgeMappings: string;
  /** The backup of the database that was made for it. */
  readonly backup: { readonly state: StageState; readonly at: string } | undefined;
  readonly progress: StageProgress | undefined;
  /** What openstack-svc, which owns the cloud, is told of why it does not get on. */
  readonly hold: MigrationHold | undefined;
}

/** The first stage that is not completed; undefined when all are. */
export function currentStage(state: Pick<MigrationState, 'stages'>): StageName | undefined {
  return stages.find((stage) => state.stages[stage] !== 'completed');
}

export function hasBegun(state: Pick<MigrationState, 'stages'>, stage: StageName): boolean {
  return state.stages[stage] !== undefined;
}

export function stateOf(map: ConfigMap | undefined): MigrationState | undefined {
  if (map === undefined) return undefined;
  const { data = {}, metadata } = map;
  const known = stages.flatMap((stage) => {
    const state = stateIn(data[stage]);
    return state === undefined ? [] : [[stage, state] as const];
  });
  return {
    stages: Object.fromEntries(known),
    preflight: data['preflight'] ?? '',
    bridgeMappings: data['bridge_mappings'] ?? '',
    backup: backupIn(data['backup_db'], data['backup_db_at']),
    progress: progressIn(metadata.annotations?.[progressAnnotation]),
    hold: migrationHoldIn(map),
  };
}

function backupIn(state: string | undefined, at = ''): MigrationState['backup'] {
  const known = stateIn(state);
  return known === undefined ? undefined : { state: known, at };
}

function stateIn(text: string | undefined): StageState | undefined {
  return text === 'started' || text === 'completed' || text === 'failed' ? text : undefined;
}

/** Written by this service only; what it cannot read is as if it were not there, and is written anew. */
function progressIn(text: string | undefined): StageProgress | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isProgress(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isProgress(value: unknown): value is StageProgress {
  if (typeof value !== 'object' || value === null) return false;
  return ['stage', 'since', 'deadline', 'message', 'abort'].every((key) => typeof Reflect.get(value, key) === 'string');
}

export function stateMap(namespace: string, state: MigrationState): ConfigMap {
  const { preflight, bridgeMappings, backup, progress, hold } = state;
  const annotations = {
    ...(progress === undefined ? {} : { [progressAnnotation]: JSON.stringify(progress) }),
    ...migrationHoldAnnotations(hold),
  };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: migrationStateName,
      namespace,
      labels: { application: migrationApplication },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    data: {
      ...state.stages,
      ...(preflight === '' ? {} : { preflight }),
      ...(bridgeMappings === '' ? {} : { bridge_mappings: bridgeMappings }),
      ...(backup === undefined ? {} : { backup_db: backup.state, backup_db_at: backup.at }),
    },
  };
}

export const timeText = (ms: number): string => rfc3339(ms);
