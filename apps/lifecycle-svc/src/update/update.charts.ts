import type { HelmBundle } from '@keelson/api';
import { named } from '../membership.js';

/** What the step of the charts depends on. */
export interface ChartsState {
  /** The charts of the cluster. */
  readonly bundle?: HelmBundle | undefined;
  /** Charts without which the release is not complete. */
  readonly requiredCharts?: ReadonlySet<string> | undefined;
  /** Why no chart can be installed here at all; undefined where some can. */
  readonly lacksHelm?: string | undefined;
}

/**
 * What keeps the charts from being of a release; undefined when nothing does. One that only a person can help is waited for
 * where the release requires it. Where no chart can be installed at all, none is waited for: an update there would have no end.
 */
export function chartUnderWay(state: ChartsState, version: string): string | undefined {
  const { release, releaseStatuses = {} } = state.bundle?.status ?? {};
  if (release !== version) return `the charts of ${version} are looked at`;
  const left = new Set(leftOut(state));
  const open = Object.entries(releaseStatuses).find(([name, { ready }]) => ready !== true && !left.has(name));
  if (open === undefined) return undefined;
  const [name, { status, message }] = open;
  return status === 'blocked'
    ? `chart ${name}, which the release requires, is blocked: ${message ?? 'no reason given'}`
    : `chart ${name} is not ready: ${message ?? 'it is installed'}`;
}

/** How many charts are ready, percent of all; undefined while they are of another release. */
export function chartsPercent({ bundle }: ChartsState, version: string): number | undefined {
  const { release, releaseStatuses = {} } = bundle?.status ?? {};
  const all = Object.values(releaseStatuses);
  if (release !== version || all.length === 0) return undefined;
  return Math.floor((100 * all.filter(({ ready }) => ready === true).length) / all.length);
}

/** How it stands with the charts when nothing of them is under way: those that are not installed are named. */
export function chartsText(state: ChartsState): string {
  const left = leftOut(state);
  if (left.length === 0) return 'all machines and charts are updated';
  const why = state.lacksHelm ?? state.bundle?.status?.releaseStatuses?.[left[0] ?? '']?.message ?? 'no reason given';
  return `all machines are updated; ${left.length} ${left.length === 1 ? 'chart is' : 'charts are'} not installed (${named(left)}): ${why}`;
}

/** Charts that only a person can help and that hold no update. */
function leftOut({ bundle, requiredCharts, lacksHelm }: ChartsState): readonly string[] {
  return Object.entries(bundle?.status?.releaseStatuses ?? {}).flatMap(([name, { status }]) =>
    status === 'blocked' && (lacksHelm !== undefined || requiredCharts?.has(name) !== true) ? [name] : [],
  );
}
