import type { AdminCredential } from '@keelson/mosk';
import { Session } from '@keelson/openstack';
import { equalJson, type Http, isFailure, messageOf } from '@keelson/std';
import type { ApiCheck, CloudService, ProbeDeclaration } from '../cloud/service.js';
import { namespaces } from '../names.js';
import { type Checked, checkPrefix, complaintOf, type Hosts } from './check.js';

/** Asks the APIs of a cloud how they are. */
export interface CloudApis {
  /** Everything a service declares, one after the other. Never throws: that an API does not answer is a result. */
  ask(service: CloudService, credential: AdminCredential, hosts: Hosts): Promise<readonly Checked[]>;
}

const timeoutMs = 10_000;

/** The APIs of a cluster's cloud, reached by their internal names; one session as long as the credential holds. */
export function cloudApisOver(http: Http): CloudApis {
  let known: { readonly credential: AdminCredential; readonly session: Session } | undefined;
  const sessionOf = (credential: AdminCredential): Session => {
    if (known === undefined || !equalJson(known.credential, credential))
      known = { credential, session: new Session({ http, ...credential }) };
    return known.session;
  };
  return {
    async ask({ project, probe }, credential, hosts) {
      if (probe === undefined) return [];
      const alive = await aliveness(http, project, probe, new URL(credential.authUrl).protocol);
      const checked = [alive];
      // What does not serve at all is told once.
      if (alive.finding === 'Ready')
        for (const check of probe.checks) checked.push(await asked(sessionOf(credential), project, check, hosts));
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

async function asked(session: Session, application: string, check: ApiCheck, hosts: Hosts): Promise<Checked> {
  const base = { application, component: `${checkPrefix}${check.name.replaceAll(' ', '-')}` };
  try {
    const answer = await session.call({ method: 'GET', type: check.type, path: check.path, headers: versionOf(check) });
    const complaint = complaintOf(check, answer, hosts);
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
