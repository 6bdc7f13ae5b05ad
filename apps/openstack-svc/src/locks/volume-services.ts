import { CronJobKind, JobKind } from '@keelson/api';
import type { HostPart } from '@keelson/openstack';
import type { Reader } from '@keelson/reconcile';
import { isFailure } from '@keelson/std';
import { namespaces } from '../names.js';
import { jobNameOf, type JobToMake, type Operating, operating, type OperationWait } from '../operations/operation.js';
import { serviceRemoval } from '../services/block-storage/service-removal.js';
import type { Hypervisors } from './hypervisors.js';

/** How far Cinder has forgotten a node that is gone. */
export interface VolumeServicesParting {
  readonly make: JobToMake | undefined;
  readonly wait: OperationWait | undefined;
}

const forgotten: VolumeServicesParting = { make: undefined, wait: undefined };
const lookSeconds = 30;

/**
 * What is left to do until Cinder has forgotten a node that is gone. Its API cannot remove a service, so a Job with
 * `cinder-manage service remove` does. An API that does not answer holds up this node alone.
 */
export async function volumeServicesParting(
  reader: Reader,
  node: string,
  hypervisors: Pick<Hypervisors, 'reportsOn'>,
): Promise<VolumeServicesParting> {
  try {
    const services = (await hypervisors.reportsOn(node)).flatMap(({ part }) =>
      part.type === 'volumev3' ? [part] : [],
    );
    return services.length === 0 ? forgotten : removal(reader, node, services);
  } catch (error) {
    if (!isFailure(error)) throw error;
    const message = `whether Cinder still knows ${node}, which is gone, cannot be asked: ${error.message}; ${wayOut(node)}`;
    const on = { kind: 'Cinder', name: node };
    return { make: undefined, wait: { on, reason: 'CloudSilent', message, recheckAfterSeconds: lookSeconds } };
  }
}

function removal(reader: Reader, node: string, services: readonly HostPart[]): Operating {
  const namespace = namespaces.cloud;
  const job = jobNameOf(serviceRemoval, node);
  const rows = services.map(({ id }) => id.replace('/', ' ')).toSorted();
  const operation = {
    namespace,
    template: serviceRemoval,
    job,
    occasion: `${node}: ${rows.join(', ')}`,
    env: { SERVICES: rows.join('\n') },
    what: `volume services of ${node}, which is gone, are taken out of Cinder`,
    wayOut: wayOut(node),
  };
  const facts = {
    now: reader.now,
    template: reader.get(CronJobKind, { namespace, name: serviceRemoval }),
    job: reader.get(JobKind, { namespace, name: job }),
  };
  return operating(operation, facts, false);
}

function wayOut(node: string): string {
  return `to leave them there, delete the NodeWorkloadLock openstack-${node}`;
}
