import { UpdateAutoPauseKind, annotations } from '@keelson/api';
import type { UpdateWorld } from './plan.observe.js';
import type { Obstacle } from './plan.standing.js';

type AlertsWorld = Pick<UpdateWorld, 'now' | 'plan' | 'autoPause'>;

/** So long alerts may be unknown before no further step begins, seconds: a restart of who tells them stops nothing. */
export const unknownForSeconds = 300;

/** Alerts of the list that fire: while one does, nothing new may begin. */
export function firing({ autoPause }: Pick<UpdateWorld, 'autoPause'>): readonly string[] {
  const listed = new Set(autoPause?.spec.alerts ?? []);
  return (autoPause?.status?.firingAlerts ?? []).filter((alert) => listed.has(alert));
}

/** Why alerts that should pause an update cannot; undefined when they can, or when none should. */
export function alertsLack({ autoPause }: AlertsWorld): string | undefined {
  const { source, unknownSince } = autoPause?.status ?? {};
  if (autoPause === undefined || autoPause.spec.alerts.length === 0 || unknownSince === undefined) return undefined;
  const why =
    source === undefined ? 'nobody tells them in this installation' : `they are unknown since ${unknownSince}`;
  return `alerts cannot pause it: ${why}`;
}

/** What keeps a step from beginning while nobody knows whether an alert fires. Where nobody ever told alerts, nothing does. */
export function alertsObstacle(world: AlertsWorld): Obstacle | undefined {
  const { now, plan, autoPause } = world;
  const { source, unknownSince } = autoPause?.status ?? {};
  if (alertsLack(world) === undefined || source === undefined || unknownSince === undefined) return undefined;
  if (autoPause?.metadata.annotations?.[annotations.updateWithoutAlerts] === 'true') return undefined;
  if (now - Date.parse(unknownSince) <= unknownForSeconds * 1000) return undefined;
  const { namespace } = plan.metadata;
  const name = plan.spec.cluster;
  return {
    reason: 'AlertsUnknown',
    message: `the alerts that pause it are unknown since ${unknownSince}: bring ${source} back, or annotate UpdateAutoPause ${name} with ${annotations.updateWithoutAlerts}=true to go on without them`,
    on: { kind: UpdateAutoPauseKind.kind, ...(namespace === undefined ? {} : { namespace }), name },
  };
}
