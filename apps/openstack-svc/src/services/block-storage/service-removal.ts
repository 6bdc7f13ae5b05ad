import type { ConfigFile } from '../../cloud/service.js';
import type { Chart } from '../../render/chart.js';
import type { SpecObject } from '../../render/kubernetes.js';
import { operationJob } from '../../conventions/operations.js';

/** The CronJob from which Jobs are made that remove services of nodes that are gone. */
export const serviceRemoval = 'cinder-service-remove';

/**
 * Services in the environment, a line with binary and host each. One that is not known, for which the program ends with 2, was
 * removed before.
 */
const remove = (path: string): string => `printf '%s\\n' "$SERVICES" | while read -r binary host; do
  code=0
  cinder-manage --config-file ${path} service remove "$binary" "$host" || code=$?
  if [ "$code" -ne 0 ] && [ "$code" -ne 2 ]; then exit "$code"; fi
done`;

export function serviceRemovalJob(chart: Chart, service: ConfigFile): SpecObject {
  return operationJob(chart, {
    name: serviceRemoval,
    component: 'service-remove',
    roles: ['controller'],
    files: [service],
    containers: [
      { name: 'service-remove', image: 'cinder', command: ['sh', '-ec', remove(service.path)], weight: 'job' },
    ],
  });
}
