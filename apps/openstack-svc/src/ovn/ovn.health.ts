import type { Finding } from '../health/finding.js';
import type { Checked } from '../probes/check.js';
import type { RaftStatus } from './member-report.js';
import type { OvnDatabase, OvnMember } from './ovn.world.js';

export const sideNames = { nb: 'northbound', sb: 'southbound' } as const;
/** A follower that is so many entries behind does not keep up. */
const lagEntries = 1_000;
/** A leader that has not heard of a follower for so long has lost it. Milliseconds. */
const silenceMs = 30_000;
/** Half of the volume of a member: compaction needs as much again. */
const largeBytes = 2 ** 30;

/** How a database of OVN is: by what its members say of themselves and, where one leads, of the others. */
export function databaseHealth(database: OvnDatabase): Checked {
  const { finding, message } = judged(database);
  const base = { application: 'ovn', component: `check-${sideNames[database.side]}`, finding };
  return message === undefined ? base : { ...base, message };
}

function judged({ side, members }: OvnDatabase): { readonly finding: Finding; readonly message?: string } {
  const name = `the ${sideNames[side]} database`;
  if (members.every(({ report }) => report === undefined))
    return { finding: 'Unknown', message: `no member of ${name} can be asked` };
  const leader = leaderOf(members);
  const complaints = [
    ...(leader === undefined ? [`${name} has no leader and takes no changes`] : []),
    ...members.flatMap((member) => complaintAbout(member, leader)),
    ...(leader !== undefined && leader.servers.length > members.length
      ? [`its cluster counts ${leader.servers.length} servers, of which ${members.length} run`]
      : []),
  ];
  return complaints.length === 0 ? { finding: 'Ready' } : { finding: 'Unhealthy', message: complaints.join('; ') };
}

/** What the member says that leads by the newest term; undefined when none leads. */
export function leaderOf(members: readonly OvnMember[]): RaftStatus | undefined {
  const leading = members.flatMap(({ report }) => (report?.raft?.role === 'leader' ? [report.raft] : []));
  return leading.reduce<RaftStatus | undefined>(
    (best, raft) => (raft.term > (best?.term ?? -1) ? raft : best),
    undefined,
  );
}

/** It keeps data and is counted, as far as it knows. */
export function hasData({ report }: OvnMember): boolean {
  const { raft } = report ?? {};
  return raft !== undefined && raft.servers.length > 0 && !raft.standing.startsWith('joining');
}

/** A member with the cluster's data whom its leader does not count: it was removed while it was away. */
export function isRemoved(member: OvnMember, leader: RaftStatus): boolean {
  const { raft } = member.report ?? {};
  if (raft === undefined || !hasData(member) || raft.cluster !== leader.cluster || raft.hasLeader) return false;
  return !leader.servers.some(({ id }) => id === raft.server);
}

function complaintAbout(member: OvnMember, leader: RaftStatus | undefined): readonly string[] {
  const { name, report } = member;
  if (report === undefined) return [`${name} cannot be asked`];
  const { raft, bytes = 0 } = report;
  if (raft === undefined) return [`${name} does not serve it`];
  const large = bytes > largeBytes ? [`the file of ${name} has ${(bytes / 2 ** 30).toFixed(1)} GiB`] : [];
  if (raft.standing !== 'cluster member') return [...large, `${name} is ${raft.standing}`];
  if (leader === undefined) return large;
  if (raft.cluster !== leader.cluster) return [...large, `${name} belongs to another cluster`];
  const seen = leader.servers.find(({ id }) => id === raft.server);
  if (seen === undefined) return [...large, `${name} was removed from the cluster`];
  if ((seen.silentMs ?? 0) > silenceMs) return [...large, `the leader hears nothing of ${name}`];
  const lag = leader.lastEntry - (seen.hasEntry ?? leader.lastEntry);
  return lag > lagEntries ? [...large, `${name} is ${lag} entries behind`] : large;
}
