import { type Http, isFailure, messageOf, terminal } from '@keelson/std';
import { z } from 'zod';
import { namespaces } from '../names.js';

export type OvnSide = 'nb' | 'sb';

/** What a member of a database of OVN tells of its cluster: `cluster/status` of ovsdb-server(1). */
export interface RaftStatus {
  /** Id of the cluster. */
  readonly cluster: string;
  /** Its own id there, in the short form. */
  readonly server: string;
  /** `cluster member`, `joining cluster`, `disconnected from the cluster (election timeout)`, … */
  readonly standing: string;
  readonly role: string;
  readonly term: number;
  /** It leads or knows who does. */
  readonly hasLeader: boolean;
  /** Number of the last entry of its log. */
  readonly lastEntry: number;
  readonly servers: readonly RaftServer[];
}

export interface RaftServer {
  /** Short form. */
  readonly id: string;
  readonly address: string;
  /** The last entry that it has, as the leader knows it; others do not. */
  readonly hasEntry: number | undefined;
  /** For so many milliseconds nothing was heard of it; undefined where that is not told. */
  readonly silentMs: number | undefined;
}

export interface MemberReport {
  /** Undefined when its server does not answer, or has no database any more. */
  readonly raft: RaftStatus | undefined;
  /** Size of its file. */
  readonly bytes: number | undefined;
  /** The order to begin anew that it carried out last. */
  readonly ordered: string | undefined;
  /** The order to compact that it carried out last. */
  readonly compactOrdered: string | undefined;
}

/** Asks a member how it is; undefined when it cannot be asked. Never throws for what a member does. */
export type AskMember = (side: OvnSide, member: string) => Promise<MemberReport | undefined>;

const timeoutMs = 8_000;
const ports: Readonly<Record<OvnSide, number>> = { nb: 6645, sb: 6646 };
const ReportSchema = z.object({
  status: z.string().nullable(),
  bytes: z.number().nullable(),
  ordered: z.string().nullable(),
  compactOrdered: z.string().nullable(),
});

/** Members of a cluster's databases, each behind a Service of its name. */
export function askMembersOver(http: Http): AskMember {
  return async (side, member) => {
    const url = `http://${member}.${namespaces.cloud}.svc.cluster.local:${ports[side]}/`;
    try {
      const { status, body } = await http({ method: 'GET', url, timeoutMs });
      return status === 200 ? reportIn(Buffer.from(body).toString('utf8')) : undefined;
    } catch (error) {
      if (!isFailure(error)) throw error;
      return undefined;
    }
  };
}

/** @throws Failure terminal when it is not what `ovn-database-status.py` writes */
export function reportIn(text: string): MemberReport {
  const { status, bytes, ordered, compactOrdered } = parsed(text);
  return {
    raft: status === null ? undefined : raftStatusIn(status),
    bytes: bytes ?? undefined,
    ordered: ordered ?? undefined,
    compactOrdered: compactOrdered ?? undefined,
  };
}

function parsed(text: string): z.infer<typeof ReportSchema> {
  try {
    return ReportSchema.parse(JSON.parse(text));
  } catch (error) {
    const message = `a member of a database of OVN answers what cannot be read: ${messageOf(error)}`;
    throw terminal(message, { reason: 'UnreadableAnswer', cause: error });
  }
}

/** Reads the answer to `cluster/status`. */
export function raftStatusIn(text: string): RaftStatus {
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'mu').exec(text)?.[1]?.trim() ?? '';
  const servers = text.split(/^Servers:$/mu)[1] ?? '';
  const next = Number(/, (\d+)\]/u.exec(field('Log'))?.[1] ?? 1);
  return {
    cluster: /\(([0-9a-f-]+)\)/u.exec(field('Cluster ID'))?.[1] ?? '',
    server: field('Server ID').slice(0, 4),
    standing: field('Status'),
    role: field('Role'),
    term: Number(field('Term')),
    hasLeader: /^(self|[0-9a-f]{4})$/u.test(field('Leader')),
    lastEntry: next - 1,
    servers: servers.split('\n').flatMap(serverIn),
  };
}

/** `7a31 (7a31 at tcp:ovn-ovsdb-nb-1.ovn:6643) next_index=6 match_index=5 last msg 9 ms ago` */
function serverIn(line: string): readonly RaftServer[] {
  const [, id, address] = /^\s+([0-9a-f]{4}) \([0-9a-f]{4} at (\S+)\)/u.exec(line) ?? [];
  if (id === undefined || address === undefined) return [];
  const numberAfter = (what: string): number | undefined => {
    const found = new RegExp(`${what}(\\d+)`, 'u').exec(line)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const silentMs = line.includes('(self)') ? 0 : numberAfter('last msg ');
  return [{ id, address, hasEntry: numberAfter('match_index='), silentMs }];
}
