import type { StatefulSet } from '@keelson/api';

/** The clustered sets that would lose their majority with one more member, as sentences. */
export function quorumsAtRisk(sets: readonly StatefulSet[]): readonly string[] {
  return sets
    .filter((set) => !survives(set))
    .map(
      ({ metadata, spec, status }) =>
        `${metadata.name} has ${status?.readyReplicas ?? 0} of ${spec?.replicas ?? 1} members`,
    );
}

/** A cluster of one has no quorum to lose: it is down with its node, however one turns it. */
function survives({ spec, status }: StatefulSet): boolean {
  const replicas = spec?.replicas ?? 1;
  return replicas === 1 || (status?.readyReplicas ?? 0) - 1 > replicas / 2;
}
