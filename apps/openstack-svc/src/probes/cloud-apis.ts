import { type AdminCredential, perCredential } from '@keelson/mosk';
import { Session } from '@keelson/openstack';
import { type Http, isFailure, messageOf } from '@keelson/std';
import type { ApiCheck, CloudService, ProbeDeclaration } from '../cloud/service.js';
import { namespaces } from '../names.js';
import { type Checked, checkPrefix, complaintOf } from './check.js';
import type { Facts } from './facts.js';
import { rowsIn } from './rows.js';

/** Asks the APIs of a cloud how they are. */
export interface CloudApis {
  /** Everything a service declares, one after the other. Never throws: that an API does not answer is a result. */
  ask(service: CloudService, credential: AdminCredential, facts: Facts): Promise<readonly Checked[]>;
}

const timeoutMs = 10_000;
const aboutProcesses: ReadonlySet<ApiCheck['reads']> = new Set(['services', 'agents']);

/** The APIs of a cluster's cloud, reached by their internal names; one session as long as the credential holds. */
export function cloudApisOver(http: Http): CloudApis {
  const sessionOf = perCredential((credential) => new Session({ http, ...credential }));
  return {
    async ask({ project, probe }, credential, facts) {
      if (probe === undefined) return [];
      const alive = await aliveness(http, project, probe, new URL(credential.authUrl).protocol);
      const checked = [alive];
      // What does not serve at all is told once.
      if (alive.finding === 'Ready')
        checked.push(...(await allAsked(sessionOf(credential), project, probe.checks, facts)));
      return checked;
    },
  };
}

/** All APIs of a cloud speak the protocol of its identity API. */
async function aliveness(http: Http, application: string, probe: ProbeDeclaration, protocol: string): Promise<Checked> {
  const base = { application, component: `${checkPrefix}alive` };
  const url = `${protocol}//${probe.host}.${namespaces.cloud}.svc.cluster.local:${probe.port}${probe.path}`;
  try {
    const { status } = await http({ method: 'GET', url, timeoutMs });
    if (probe.accepts.includes(status)) return { ...base, finding: 'Ready' };
    return { ...base, finding: 'Unhealthy', message: `${probe.host} answers ${status}` };
  } catch (error) {
    return { ...base, finding: 'Unknown', message: `${probe.host} cannot be asked: ${messageOf(error)}` };
  }
}

/** One after the other: some read what was answered before. */
async function allAsked(
  session: Session,
  application: string,
  checks: readonly ApiCheck[],
  facts: Facts,
): Promise<readonly Checked[]> {
  const answers = new Map<string, unknown>();
  const all: Checked[] = [];
  for (const check of checks) {
    const ask = async (): Promise<unknown> => {
      const { type, path } = check;
      const answer = await session.call({ method: 'GET', type, path, headers: versionOf(check) });
      answers.set(check.name, answer);
      return answer;
    };
    const found = await asked(application, check, async () => complaintOf(check, await ask(), facts, answers));
    const processes = aboutProcesses.has(check.reads) ? rowsIn(answers.get(check.name)) : undefined;
    all.push(processes === undefined ? found : { ...found, processes });
  }
  return all;
}

async function asked(
  application: string,
  check: ApiCheck,
  complain: () => Promise<string | undefined>,
): Promise<Checked> {
  const base = { application, component: `${checkPrefix}${check.name.replaceAll(' ', '-')}` };
  try {
    const complaint = await complain();
    return complaint === undefined
      ? { ...base, finding: 'Ready' }
      : { ...base, finding: 'Unhealthy', message: complaint };
  } catch (error) {
    // An answer is the API's own; none at all says nothing of it.
    const hasAnswered = !isFailure(error, 'transient') || error.reason.startsWith('Status');
    return { ...base, finding: hasAnswered ? 'Unhealthy' : 'Unknown', message: messageOf(error) };
  }
}

/** Without it nova calls hosts by numbers and leaves members out. */
function versionOf({ type }: ApiCheck): Readonly<Record<string, string>> {
  return type === 'compute' ? { 'x-openstack-nova-api-version': '2.79' } : {};
}
