import {
  type Node,
  NodeKind,
  type NodeWorkloadLock,
  NodeWorkloadLockKind,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type Secret,
  SecretKind,
} from '@keelson/api';
import { input, type Reader, type Reconciler, settled } from '@keelson/reconcile';
import type { CloudService } from '../cloud/service.js';
import { adminCredentialIn } from '../credentials/admin.js';
import { cloudNamespaces } from '../names.js';
import type { Checked } from './check.js';
import type { CloudApis } from './cloud-apis.js';
import { ComputeAges, factsIn } from './facts.js';
import type { LatestChecks } from './latest.js';

/** One pass over all APIs of a cloud in so long, whatever else happens. */
const everySeconds = 60;
/** Looks that come sooner, such as after a change of the status, are no reason to ask again. Milliseconds. */
const notBeforeMs = 45_000;
/** Services asked at once. */
const atOnce = 4;

export interface ProbesPorts {
  readonly apis: CloudApis;
  readonly services: readonly CloudService[];
  readonly latest: LatestChecks;
}

/** Asks the APIs of a cloud how they are, once a minute, as far as its services are applied. */
export function probesReconciler(ports: ProbesPorts): Reconciler<OpenStackDeploymentStatus, undefined, never> {
  const ages = new ComputeAges();
  return {
    name: 'openstack/probes',
    kind: OpenStackDeploymentStatusKind,
    summary:
      'Asks the APIs of a cloud how they, their agents, hypervisors, back ends and the catalogue are; what it hears becomes health.',
    inputs: [
      input<Secret>({ kind: SecretKind, selection: { namespaces: cloudNamespaces }, mapToOwn: () => [] }),
      input<Node>({ kind: NodeKind, mapToOwn: () => [] }),
      input<NodeWorkloadLock>({ kind: NodeWorkloadLockKind, mapToOwn: () => [] }),
    ],
    outputs: [],
    polls: [{ system: "the cloud's APIs by their internal names", everySeconds }],
    concurrency: 1,
    resyncSeconds: everySeconds,
    observe: (reader, object) => ask(reader, object, ports, ages),
    plan: () => ({ steps: [], outcome: settled }),
    steps: {},
    status: () => undefined,
  };
}

async function ask(
  reader: Reader,
  object: OpenStackDeploymentStatus,
  ports: ProbesPorts,
  ages: ComputeAges,
): Promise<undefined> {
  const { apis, services, latest } = ports;
  const { metadata } = object;
  const askable = services.filter(({ name, probe }) => probe !== undefined && isServing(object, name));
  const credential = adminCredentialIn(reader);
  if (askable.length === 0 || credential === undefined) {
    latest.forget(metadata);
    return;
  }
  const askedAt = latest.askedAt(metadata);
  if (askedAt !== undefined && reader.now - askedAt < notBeforeMs) return;
  const facts = factsIn(reader, object, ages);
  const checked: Checked[] = [];
  for (let i = 0; i < askable.length; i += atOnce) {
    const some = askable.slice(i, i + atOnce).map((service) => apis.ask(service, credential, facts));
    checked.push(...(await Promise.all(some)).flat());
  }
  latest.note(metadata, reader.now, checked);
}

/** Applied once: what is being made for the first time is not asked, what is being changed is. */
function isServing({ status }: OpenStackDeploymentStatus, service: string): boolean {
  const known = status?.services?.[service];
  return known?.openstack_version !== undefined && known.state !== 'DELETING';
}
